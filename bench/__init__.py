"""Measurements; most print a table and, on request, JSON. See BENCHMARKS.md.

Run with ``python -m bench.NAME``:

answers          quality of answers beside two other programs: right, cited, abstained
answers_reading  how many tokens of context suffice to hold the answer
backends         speed of llama.cpp's processor builds and graphics cards, and whether they agree
cells            time for a cell: ten columns at once, against ten separate questions
claims           changed sentences that pass as what their source says, and right ones that do not
cycles           memory that 200 rounds of loading, asking and unloading leave behind
deleting         cost of removing documents for good, and later searches
encodings        text in old encodings that is read exactly right
escalation       random event sequences: nothing is sent but what was shown and clicked
extraction       quality of cells filled from contracts, before and after corrections
faults           files, kills and disk: `hostile`, `kills` and `full_disk` by one command
figures          figures about made-up tables, against the standard library
figures_domains  computed answers about ten small tables, half of which only measure
figures_everyday  computed answers about eight small tables of everyday life
figures_people   computed answers to forty questions about fourteen small tables
followups        which questions are taken for follow-ups, and what their wording finds
injection        documents that tell the model what to do
judgement        how well a model judges whether passages answer a question, before it answers
kinds            quality of summaries and comparisons
life             a large folder: killed, restarted, edited, moved, deleted from
memory           memory of chat models, beside what is estimated from their files
near_misses      how often a question's particulars show that a source is about something else
parsing          processor time of reading files, by format, beside another checkout
patterns         regular expressions and functions that take more than a straight reading would
phones           recall and false alarms of telephone numbers, beside the package phonenumbers
precision        ranking loss from embedding in eight bits
privacy          whole sessions watched from outside, in ordinary and hostile surroundings
redaction        recall, precision and cost of finding personal data
retrieval        quality of retrieval: nDCG@10 and recall@5 of sets in BEIR's form
scale            cost of a search in 10,000, 100,000 and 500,000 passages
screenshots      takes the pictures in docs/
specialists      how well texts are sorted by labels after few examples, beside TF-IDF
speed            first token, chat, cold start, indexing, rescan, stop, window, memory
surroundings     `doctor --repair` on full, read-only, locked and damaged disks
tables           accuracy of computed answers about tables
understanding    questions that models put into queries, beside each other
window           how long the window is away from its event loop while much happens

Parts of these:

answering        time to the first token: turns, pinned documents, cold commands (speed)
answers_peers    the two programs to compare with (answers)
answers_report   sums up the results (answers)
answers_score    scores an answer (answers, judgement)
answers_sets     questions and their folders from the packs (answers, judgement, kinds)
claim_pairs      sources with sentences that say the same, or were changed (claims)
full_disk        full disks and writes cut short at random moments (faults)
hostile          hostile and odd files in the real workers (faults)
jsonl            reads JSON lines (answers, near_misses, retrieval)
kills            processes killed at random moments of indexing (faults)
made_up          made-up passages and vectors of any number (scale, deleting, kills)
meter            time and memory of reading one file (hostile)
odd_files        pipes, devices, loops, names in no encoding (hostile)
older_rule       the rule for follow-ups that was there before (followups)
plot             a chart as SVG (scale)
rescan           time to find that nothing has changed (speed)
rows             figures and paired comparisons (speed)
truth            compares a file's text with its known content (hostile)
whole_folder     a folder through the real index worker (hostile)
"""
