# The same script on every host by parallel-ssh: on standard input, its whole answer in memory.
import json
import sys

from pssh.clients import ParallelSSHClient

with open(sys.argv[1], encoding="utf8") as file:
    inventory = json.load(file)
with open(sys.argv[2], encoding="utf8") as file:
    script = file.read()
client = ParallelSSHClient(
    [host["address"] for host in inventory["hosts"]],
    user=inventory["user"],
    port=inventory["port"],
    pkey=inventory["key"],
    pool_size=int(sys.argv[3]),
    num_retries=1,
    allow_agent=False,
)
done = 0
for output in client.run_command("exec /bin/sh -s", stop_on_errors=False):
    if output.exception is not None:
        print(output.exception, file=sys.stderr)
        continue
    output.stdin.write(script)
    output.stdin.flush()
    output.client.eagain(output.channel.send_eof)
    done += any(line.startswith("@end ") for line in output.stdout)
print(json.dumps({"done": done}, separators=(",", ":")))
