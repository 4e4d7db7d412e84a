# cleanup_program PROGRAM QUESTION: answers a question (JSON). It needs system calls on open directories, so Python; where
# there is none, nothing is done. -I: nothing of the environment or of the current directory gets into it.
cleanup_program() {
  for python in python3 /usr/libexec/platform-python; do
    command -v "$python" >/dev/null 2>&1 || continue
    "$python" -I -c 'import sys; sys.exit(sys.version_info < (3, 6))' 2>/dev/null || continue
    exec "$python" -I -c 'import sys; PROGRAM = sys.argv[1]; exec(compile(PROGRAM, "upkeep-cleanup", "exec"))' "$1" "$2"
  done
  echo '{"noInterpreter": true}'
}
