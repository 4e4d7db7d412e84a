/**
 * Words for Node before the entry of the command (`upkeep.js`, whose first line says the same): no warning of node-ssh's, and
 * at most 8 MB for each half of what was made lately. Node takes up to 32, whenever much is made at once, so what 1,000 hosts
 * had answered stood there long after it was judged: `patrol` held 280 to 330 MB, and 220 with this alone. It refuses nothing:
 * what lives on moves to the old part, whose limit is Node's own. It costs `patrol` no processor time; 4 MB would cost 6 %.
 */
export const nodeFlags = ['--disable-warning=DEP0190', '--max-semi-space-size=8'] as const
