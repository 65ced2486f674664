"""The phones of `sami demo`, for hands in a browser or a terminal: here, and only here, the network meets SAMI.

`stage` is what hands can do, `view` what `viewer` sees of it (`duty`, `captions`, `live_story` are parts), `plots` four
calls that play themselves, `habits` what a phone does by itself, `routes` the page `/sim` and its JSON.
"""
