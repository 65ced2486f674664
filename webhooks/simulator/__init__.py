"""Twilio's stand-in, for the demo and for every test: it plays TwiML strictly, and knows nothing of SAMI.

Read from the outside in: `network` (lines, phones, calls, texts, time), `rest` and `blueprint` (the API), then how
a call is played: `calling` > `dialing`, `dialled`, `queueing`, `recording` > `repertoires` > `questions` > `player` >
`document`, `grammar`, on the coroutines of `actors` and the events of `timeline`. Everything said to the program goes
through `posting`.

Not played, and so refused as a fault: GET, <Conference>, <Client>, <Sip>, <Connect>, <Start>, <Pay>, `sequential`,
`hangupOnStar`.
"""
