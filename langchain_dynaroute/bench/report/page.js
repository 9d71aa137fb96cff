"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector, from = document) => Array.from(from.querySelectorAll(selector));

  // Look: as the system, light, dark; remembered where the browser allows it.
  const looks = ["", "light", "dark"];
  const look = document.getElementById("look");
  const remember = (value) => { try { localStorage.setItem("look", value); } catch { /* not allowed here */ } };
  const remembered = () => { try { return localStorage.getItem("look") || ""; } catch { return ""; } };
  const setLook = (value) => {
    root.toggleAttribute("data-look", value !== "");
    if (value) root.setAttribute("data-look", value);
    look.textContent = "Look: " + (value || "as the system");
  };
  setLook(looks.includes(remembered()) ? remembered() : "");
  look.addEventListener("click", () => {
    const next = looks[(looks.indexOf(root.getAttribute("data-look") || "") + 1) % looks.length];
    setLook(next);
    remember(next);
  });

  // Tables sort within their groups; empty cells stay last.
  const compare = (a, b, numeric) => {
    if (a === "" || b === "") return a === b ? 0 : a === "" ? Infinity : -Infinity;
    return numeric ? Number(a) - Number(b) : a.localeCompare(b, "en", { numeric: true });
  };
  const sort = (th) => {
    const table = th.closest("table");
    const numeric = th.classList.contains("number");
    const was = th.getAttribute("aria-sort");
    const down = was === "none" ? numeric : was === "ascending";
    for (const other of all("thead th", table)) other.setAttribute("aria-sort", "none");
    th.setAttribute("aria-sort", down ? "descending" : "ascending");
    const cell = (row) => row.cells[th.cellIndex].dataset.v ?? "";
    for (const body of table.tBodies) {
      const rows = Array.from(body.rows).filter((row) => !row.classList.contains("group"));
      rows.sort((a, b) => {
        const order = compare(cell(a), cell(b), numeric);
        return Math.abs(order) === Infinity ? order : down ? -order : order;
      });
      body.append(...rows);
      if (body.classList.contains("model") && body.querySelector(".unfold")) {
        rows.forEach((row, place) => row.classList.toggle("folded", place >= 5));
      }
    }
  };
  for (const th of all(".sortable thead th")) th.querySelector("button").addEventListener("click", () => sort(th));

  for (const button of all(".unfold")) {
    const more = button.textContent;
    button.addEventListener("click", () => {
      const open = button.closest("tbody").classList.toggle("unfolded");
      button.textContent = open ? button.dataset.less : more;
      button.setAttribute("aria-expanded", String(open));
    });
  }

  // Switches show one of several panels.
  for (const button of all("[data-switch]")) {
    button.addEventListener("click", () => {
      const group = button.dataset.switch;
      for (const other of all(`[data-switch="${group}"]`)) other.setAttribute("aria-pressed", String(other === button));
      for (const panel of all(`[data-panel="${group}"]`)) panel.hidden = panel.dataset.at !== button.dataset.to;
    });
  }

  // Legends bring series to the front.
  for (const button of all("[data-pick]")) {
    button.addEventListener("click", () => {
      const pressed = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(pressed));
      const figure = button.closest("figure");
      const front = all('[data-pick][aria-pressed="true"]', figure).map((other) => other.dataset.pick);
      figure.classList.toggle("picked", front.length > 0);
      for (const mark of all("[data-s]", figure)) mark.classList.toggle("front", front.includes(mark.dataset.s));
    });
  }

  // Tips: of the element under the pointer, or of the nearest mark in a picture.
  const tip = document.createElement("div");
  tip.id = "tip";
  tip.hidden = true;
  tip.setAttribute("role", "status");
  document.body.append(tip);
  const hide = () => { tip.hidden = true; };
  const show = (words, x, y) => {
    tip.textContent = words;
    tip.hidden = false;
    const width = root.clientWidth;
    const box = tip.getBoundingClientRect();
    const left = Math.max(8, Math.min(x + 14, width - box.width - 8));
    const above = y + 18 + box.height > window.innerHeight;
    tip.style.left = `${left + window.scrollX}px`;
    tip.style.top = `${(above ? Math.max(4, y - box.height - 12) : y + 18) + window.scrollY}px`;
  };
  const spots = new WeakMap();
  const nearest = (svg, event) => {
    if (!spots.has(svg)) {
      spots.set(svg, all("[data-at]", svg).map((mark) => [mark, ...mark.dataset.at.split(",").map(Number)]));
    }
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    const picked = svg.closest("figure")?.classList.contains("picked");
    let best = null;
    let least = 18 * 18;
    for (const [mark, x, y] of spots.get(svg)) {
      const far = (x - at.x) ** 2 + (y - at.y) ** 2;
      if (far < least && !(picked && mark.dataset.s && !mark.classList.contains("front"))) [best, least] = [mark, far];
    }
    return best;
  };
  const point = (event) => {
    const svg = event.target.closest?.("svg");
    const found = (svg && nearest(svg, event)) || event.target.closest?.("[data-tip]");
    if (found?.dataset.tip) show(found.dataset.tip, event.clientX, event.clientY);
    else hide();
  };
  document.addEventListener("pointermove", point);
  document.addEventListener("pointerdown", point);
  document.addEventListener("pointerleave", hide);
  document.addEventListener("focusin", (event) => {
    const words = event.target.dataset?.tip;
    if (!words || !event.target.matches(":focus-visible")) return;
    const box = event.target.getBoundingClientRect();
    show(words, box.left, box.bottom - 8);
  });
  document.addEventListener("focusout", hide);
  document.addEventListener("scroll", hide, { passive: true });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });

  // A map is one stop of the keyboard; arrow keys walk its cells.
  const ways = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  const walk = (box, way) => {
    const cells = all("[data-tip]", box);
    const columns = Number(box.dataset.columns);
    const was = cells.findIndex((cell) => cell.classList.contains("current"));
    const within = (place, size) => Math.max(0, Math.min(place, size - 1));
    const row = within(Math.floor(was / columns) + way[0], cells.length / columns);
    const cell = cells[was < 0 ? 0 : row * columns + within((was % columns) + way[1], columns)];
    cells[was]?.classList.remove("current");
    cell.classList.add("current");
    cell.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
    requestAnimationFrame(() => {  // after the scrolling, which hides the tip
      const at = cell.getBoundingClientRect();
      show(cell.dataset.tip, at.left, at.bottom - 8);
    });
  };
  for (const box of all("[data-columns]")) {
    box.addEventListener("keydown", (event) => {
      if (!ways[event.key] || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      walk(box, ways[event.key]);
    });
    box.addEventListener("focusout", () => all(".current", box).forEach((cell) => cell.classList.remove("current")));
  }

  // Paper shows everything that is folded away.
  let closed = [];
  window.addEventListener("beforeprint", () => {
    closed = all("details:not([open])");
    for (const part of closed) part.open = true;
  });
  window.addEventListener("afterprint", () => { for (const part of closed) part.open = false; });
})();
