exit 1 # being written
