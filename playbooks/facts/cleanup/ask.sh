# What clean-up would do: $1 the program, $2 the question. Ends by itself, also when nobody waits for the answer any more.
section clock date +%s%3N
section answer cleanup_program "$1" "$2"
section clock-after date +%s%3N
answer_ends
