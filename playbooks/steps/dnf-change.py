# Makes dnf do exactly what was planned, from files, in one transaction; no repository is loaded. $1 a directory of its
# own for caches, $2 file with lines "install PATH NAME ARCHITECTURE VERSION" and "remove - NAME ARCHITECTURE -".
import os
import sys

import dnf
import dnf.exceptions
import dnf.transaction
import dnf.yum.rpmtrans
import libdnf.transaction

scratch, planned = sys.argv[1], sys.argv[2]


def refused(why):
    print('refused: ' + why)
    sys.exit(72)


with open(planned, encoding='utf-8') as file:
    lines = [line.split() for line in file if line.strip()]
base = dnf.Base()
conf = base.conf
conf.read()
conf.cachedir = os.path.join(scratch, 'cache')
conf.plugins = False
conf.install_weak_deps = False
conf.clean_requirements_on_remove = False
conf.best = True
# What a person has excluded since was looked at before anything began; the way back takes everything back.
conf.disable_excludes = ['all']
base.fill_sack(load_system_repo=True, load_available_repos=False)
installed = base.sack.query().installed()

wanted = {(name, architecture, version) for verb, _, name, architecture, version in lines if verb == 'install'}
gone = {(name, architecture) for verb, _, name, architecture, _ in lines if verb == 'remove'}
packages = base.add_remote_rpms([path for verb, path, _, _, _ in lines if verb == 'install'], strict=True)
found = {(one.name, one.arch, one.evr) for one in packages}
if found != wanted:
    refused('the files hold other packages than planned: %s' % sorted(found ^ wanted))
try:
    for package in packages:
        older = installed.filter(name=package.name, arch=package.arch, evr__gt=package.evr)
        if older:
            base.package_downgrade(package, strict=True)
        else:
            base.package_install(package, strict=True)
    for name, architecture in sorted(gone):
        for package in installed.filter(name=name, arch=architecture):
            base.package_remove(package)
    base.resolve(allow_erasing=bool(gone))
except dnf.exceptions.Error as cause:
    refused(str(cause))

# What dnf would do must be what was planned, no package more and none less.
incoming = {(one.name, one.arch, one.evr) for one in base.transaction.install_set}
outgoing = {(one.name, one.arch) for one in base.transaction.remove_set}
replaced = {(name, architecture) for name, architecture, _ in incoming}
if incoming != wanted:
    refused('dnf would bring other packages than planned: %s' % sorted(incoming ^ wanted))
if not outgoing <= replaced | gone or not gone <= outgoing:
    refused('dnf would take other packages away than planned: %s' % sorted((outgoing - replaced) ^ gone))

# dnf takes what it is told by name for wanted by a person: the marks stay as they were, and what is new is a dependency.
for item in base.transaction:
    if item.action in dnf.transaction.FORWARD_ACTIONS:
        before = [one for one in installed.filter(name=item.pkg.name, arch=item.pkg.arch)]
        item.reason = (
            base.history.rpm.get_reason(before[0]) if before else libdnf.transaction.TransactionItemReason_DEPENDENCY
        )

troubles = []


class Told(dnf.yum.rpmtrans.TransactionDisplay):
    """Says what scripts of packages print, and keeps what went wrong: dnf itself goes on after a script that failed."""

    def error(self, message):
        troubles.append(str(message))

    def scriptout(self, msgs):
        if msgs:
            sys.stdout.write(msgs if isinstance(msgs, str) else msgs.decode('utf-8', 'replace'))

    def filelog(self, package, action):
        print('%s %s' % (dnf.transaction.ACTIONS.get(action, action), package))


try:
    base.do_transaction(display=[Told()])
except dnf.exceptions.Error as cause:
    troubles.append(str(cause))
for trouble in troubles:
    print('error: ' + ' '.join(trouble.split()))
sys.exit(73 if troubles else 0)
