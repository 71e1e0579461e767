"""From passages to an answer: the prompt, the grammar of the reply, and the check of its quotes.

Start with `prompt` (what the model reads), then `cite` (what becomes of its reply). `excerpt` picks
the sentences, `form` writes the grammar, `ground` finds a source for each sentence, `support`
measures how well it fits. `summary`, `comparison` and `differing_sentences` serve longer tasks;
`question` and `question_details` read the question.
"""
