# What an admin has locked or excluded; stands after dnf-base.py. Plug-ins are not loaded, so the files of versionlock are
# read here as it reads them (dnf-plugins-core, versionlock.py).
import configparser

FORMS = [hawkey.FORM_NEVRA, hawkey.FORM_NEVR, hawkey.FORM_NEV, hawkey.FORM_NA, hawkey.FORM_NAME]


def version_locks():
    """Patterns of the plug-in versionlock; none where it is not there, or switched off."""
    parser = configparser.ConfigParser(interpolation=None)
    if not parser.read('/etc/dnf/plugins/versionlock.conf', encoding='utf-8'):
        return []
    path = parser.get('main', 'locklist', fallback='/etc/dnf/plugins/versionlock.list')
    if parser.get('main', 'enabled', fallback='1').strip().lower() in ('0', 'no', 'false', 'off'):
        return []
    if not os.path.exists(path):
        return []
    with open(path, encoding='utf-8', errors='replace') as file:
        return [text.split('#')[0].strip() for text in file if text.split('#')[0].strip()]


def possibilities(pattern):
    return dnf.subject.Subject(pattern.lstrip('!')).get_nevra_possibilities(forms=FORMS)


def excluded_names(sack):
    """Names of installed packages that excludepkgs or includepkgs of the host hide from dnf."""
    seen = {(one.name, one.evr, one.arch) for one in sack.query().installed()}
    there = sack.query(flags=hawkey.IGNORE_EXCLUDES).installed()
    return {one.name for one in there if (one.name, one.evr, one.arch) not in seen}
