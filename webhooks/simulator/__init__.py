"""Twilio's stand-in, for the demo and for every test: it plays TwiML strictly, and knows nothing of SAMI.

Read from the outside in: `network` (lines, phones, calls, texts, time), `rest` (the API), then how a call is played:
`player` on the `legs` of an `exchange`, with the documents of `twiml`, the coroutines of `actors` and the events of
`timeline`. Everything said to the program goes through `posting`. Only `pages` knows SAMI: the phones of the demo.

Not played, and so refused as a fault: GET, <Conference>, <Client>, <Sip>, <Connect>, <Start>, <Pay>, `sequential`,
`hangupOnStar`.
"""
