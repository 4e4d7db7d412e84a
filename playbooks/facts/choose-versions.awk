# First file: "apt-cache policy" (which index is which release); second: "apt-cache policy" of the installed packages.
# Prints "take NAME VERSION" for what is wanted and "stay NAME INSTALLED WHY" for what has another candidate; with
# only=tell, "secure NAME VERSION" for each version that comes from a security origin.
# Variables: only (security|all|tell), and the environment's origins (labels or origins, one a line) that count as security.
BEGIN {
  n = split(ENVIRON["origins"], list, "\n")
  for (i = 1; i <= n; i++) if (list[i] != "") trusted[list[i]] = 1
}
function is_security(release,    field, i, n, key, value) {
  n = split(release, field, ",")
  for (i = 1; i <= n; i++) {
    key = substr(field[i], 1, 1); value = substr(field[i], 3)
    if (key == "l" && value == "Debian-Security") return 1
    if ((key == "n" || key == "a") && value ~ /-security$/) return 1
    if ((key == "o" || key == "l") && (value in trusted)) return 1
  }
  return 0
}
function flush() {
  if (only == "tell" || name == "" || installed == "(none)") return
  # Versions are listed from the highest down, so those before the installed one are newer.
  if (only == "security" && chosen != "" && chosen_priority >= installed_priority) print "take", name, chosen
  else if (candidate != installed && candidate_newer && only == "all") print "take", name, candidate
  else if (candidate != installed && candidate != "(none)")
    print "stay", name, installed, candidate_newer ? "not-security" : "downgrade"
}
FNR == NR && /^ +-?[0-9]+ / { index_name = $0; sub(/^ +-?[0-9]+ /, "", index_name); next }
FNR == NR && /^     release / { release = $0; sub(/^     release /, "", release); security[index_name] = is_security(release); next }
FNR == NR { next }
/^[^ ].*:$/ {
  flush()
  name = substr($0, 1, length($0) - 1)
  installed = candidate = chosen = version = ""; older = 0; candidate_newer = 0; installed_priority = 0
  next
}
/^  Installed: / { installed = $2; next }
/^  Candidate: / { candidate = $2; next }
/^ \*\*\* / { older = 1; version = $2; installed_priority = $3; next }
/^     [^ ]/ { version = $1; priority = $2; if (!older && version == candidate) candidate_newer = 1; next }
/^        / {
  index_name = $0; sub(/^ +-?[0-9]+ /, "", index_name)
  if (only == "tell" && security[index_name] && told != name " " version) { told = name " " version; print "secure", told }
  if (older || chosen != "") next
  if (security[index_name] && priority > 0) { chosen = version; chosen_priority = priority }
}
END { flush() }
