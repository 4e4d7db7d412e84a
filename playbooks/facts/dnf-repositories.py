# Opens the repositories of the host and reads their indexes; ends the answer where one is not to be trusted or read.
import re

base, own_cache = opened()


def line_of(repo):
    """File and line of a repository's section, for people."""
    try:
        with open(repo.repofile, encoding='utf-8', errors='replace') as file:
            for number, text in enumerate(file, 1):
                if text.strip() == '[%s]' % repo.id:
                    return '%s:%d' % (repo.repofile, number)
    except (OSError, TypeError):
        pass
    return '%s:1' % (repo.repofile or '/etc/dnf/dnf.conf')


def without_login(text):
    """Addresses may have a password in them, which is nobody's to read."""
    return re.sub(r'//[^/@\s]*@', '//', text)


def urls_of(repo):
    return without_login(' '.join(list(repo.baseurl) + [url for url in (repo.metalink, repo.mirrorlist) if url]))


# Options by which a repository takes packages, or an index, that nobody has signed.
insecure = []
for repo in base.repos.iter_enabled():
    if not repo.gpgcheck:
        insecure.append([line_of(repo), urls_of(repo), 'gpgcheck=0'])
    # The names of schemes are the same in capitals (RFC 3986, 3.1), also for those who fetch.
    keys = [key.lower() for key in repo.gpgkey]
    if not repo.sslverify and 'https:' in ' '.join([urls_of(repo).lower()] + keys):
        insecure.append([line_of(repo), urls_of(repo), 'sslverify=0'])
    for key in repo.gpgkey:
        if key.lower().startswith(('http:', 'ftp:')):
            insecure.append([line_of(repo), urls_of(repo), 'gpgkey=%s' % without_login(key)])
part('insecure', insecure)
if insecure:
    stop('insecure')

# An answer to `repo.load` names no cause of its own: a signature that does not hold and a server that is not there
# differ in the words of librepo only.
unread = []
for repo in base.repos.iter_enabled():
    try:
        repo.load()
    except (dnf.exceptions.RepoError, OSError) as cause:
        text = str(cause)
        signed = 'GPG' in text or 'gpg' in text or 'ignature' in text or '.asc' in text or '.key' in text
        unread.append(['unsigned' if signed else 'unreachable', repo.id, urls_of(repo), without_login(text)])
part('unread', unread)
if unread:
    stop('update')
