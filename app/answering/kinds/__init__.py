"""One answerer for each kind of answer, and what they share; `recognise` tells questions apart."""
