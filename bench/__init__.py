"""Measurements; each prints a table and JSON. See BENCHMARKS.md.

retrieval    how well passages are found: nDCG@10 and recall@5 of sets in BEIR's form
answers      how right answers are, how well they cite, how often they abstain
tables       whether questions about tables are computed right
injection    what happens when a document tells the model what to do
window       how long the window is away from its event loop while much happens
speed        how soon and how fast: first token, chat, cold start, indexing, window, memory
scale        what a search costs in 10,000, 100,000 and 500,000 passages
precision    what embedding in eight bits costs in ranking
patterns     regular expressions and functions that take more than a straight reading would
faults       hostile files, random kills, full disks
life         a large folder: killed, restarted, edited, moved, deleted from
privacy      whole sessions watched from outside, in ordinary and in hostile surroundings
escalation   random event sequences: nothing is sent but what was shown and clicked
redaction    what is found of what must not leave, and what is taken by mistake
screenshots  the pictures in docs/
"""
