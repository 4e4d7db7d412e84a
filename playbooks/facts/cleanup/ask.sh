# What clean-up would do: $1 the program, $2 the question. Ends by itself, also when nobody waits for the answer any more.
section answer cleanup_program "$1" "$2"
answer_ends
