"""The routing benchmark: does a router beat the best single model, and at what cost?"""
