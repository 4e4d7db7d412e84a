/** Parts of the program, in Python, that says which packages a host with dnf holds; `locked_names` of rpm-holds.sh runs it. */
export const dnfHoldsParts = ['dnf-base.py', 'dnf-locks.py', 'dnf-holds.py'] as const
