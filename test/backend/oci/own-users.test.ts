import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ociBackend } from '../../../src/backend/oci/oci.ts';
import { groupsOfProcess } from '../../../src/linux/cgroup/membership.ts';
import { evenMaps } from '../../../src/linux/id-maps.ts';
import { makeWorkshop, spec, start } from '../../support/containers.ts';
import { expectNoLeaks, snapshotHost } from '../../support/leak-check.ts';

const userNamespace = evenMaps({ inside: 0, host: 524288, size: 65536 });

type Changes = Parameters<typeof spec>[1];

describe.each(['runc', join(import.meta.dirname, '../../support/crun-alone.sh')])(
  'a container by %s with users of its own',
  (runtime) => {
    let workshop: ReturnType<typeof makeWorkshop>;
    let before: ReturnType<typeof snapshotHost>;

    beforeEach(() => {
      before = snapshotHost();
      workshop = makeWorkshop();
    });

    afterEach(async () => {
      workshop.remove();
      await expectNoLeaks(before);
    });

    const launch = (
      args: string[],
      { security, ...changes }: NonNullable<Changes> = {},
      request: Parameters<typeof start>[3] = {},
    ) => {
      const container = spec(args, { ...changes, security: { ...security, userNamespace } });
      return start(
        ociBackend({ root: join(workshop.directory, 'sc'), runtime }),
        workshop,
        container,
        request,
      );
    };
    const sh = async (script: string, ...how: [Changes?, Parameters<typeof start>[3]?]) =>
      (await launch(['sh', '-c', script], ...how)).outcome();

    test('leaves the null device of the machine to root', async () => {
      await sh('true', { process: { user: '1000:1000' } });
      const { uid, gid } = statSync('/dev/null');
      expect({ uid, gid }).toEqual({ uid: 0, gid: 0 });
    });

    test('has a domain name, which root inside could not have set, limits and a score', async () => {
      const script = 'cat /proc/sys/kernel/domainname; ulimit -Hn; cat /proc/self/oom_score_adj';
      const rlimits = [{ name: 'nofile' as const, soft: 1024, hard: 2048 }];
      const { stdout, stderr } = await sh(script, {
        network: { domainName: 'example.org' },
        resources: { rlimits, oomScoreAdjust: 500 },
      });
      expect({ stdout, stderr }).toEqual({ stdout: 'example.org\n2048\n500\n', stderr: '' });
    });

    test('has its devices, and its filesystems in memory belong to who is said', async () => {
      const device = { path: '/dev/other/zero', source: '/dev/zero', access: 'r' as const, mode: 0o640 };
      const owners = new Map([['user', { uid: 1000, gid: 29 }]]);
      const tmpfs = { type: 'tmpfs' as const, size: 1 << 20, mode: 0o700, readOnly: false };
      const mounts = [
        { ...tmpfs, target: '/theirs', owner: 'user' },
        { ...tmpfs, target: '/own' },
      ];
      const script =
        'head -c 3 /dev/other/zero | wc -c; stat -c "%u %g %a" /dev/other/zero /theirs /own /; id -u; touch /new /own/x';
      const changes = { mounts, security: { devices: [device] } };
      const { stdout, stderr } = await sh(script, changes, { mountOwners: owners });
      const lines = ['3', '0 0 640', '1000 29 700', '0 0 700', '0 0 755', '0', ''];
      expect({ stdout, stderr }).toEqual({ stdout: lines.join('\n'), stderr: '' });
    });

    test('shows whom the files of a bind belong to, and what it makes there belongs to them on the host', async () => {
      const source = join(workshop.directory, 'data');
      mkdirSync(source);
      writeFileSync(join(source, 'secret'), 'read\n', { mode: 0o600 });
      const mounts = [{ type: 'bind' as const, source, target: '/data', readOnly: false }];
      const script = 'cat /data/secret; stat -c "%u %g" /data/secret; touch /data/made; chown 7:8 /data/made';
      expect((await sh(script, { mounts })).stdout).toBe('read\n0 0\n');
      expect(statSync(join(source, 'made'))).toMatchObject({ uid: 7, gid: 8 });
    });

    test('has the interfaces of the machine in the network of the machine', async () => {
      const script = 'ls /sys/class/net; touch /sys/x';
      const { stdout, stderr } = await sh(script, { network: { mode: 'host' } });
      expect({ stdout, stderr }).toEqual({
        stdout: 'lo\n',
        stderr: 'touch: /sys/x: Read-only file system\n',
      });
    });

    test('has a small init, and ends with the code of the program', async () => {
      const { stdout, exit } = await sh('id -u; exit 3', { monitor: { init: true } });
      expect({ stdout, exit }).toEqual({ stdout: '0\n', exit: { code: 3, cause: 'exit' } });
    });

    test('has none of its control groups', async () => {
      const { container, handle, outcome } = await launch(['sleep', '1000']);
      const owners = groupsOfProcess(handle.pid, container.id).flatMap(({ path }) =>
        [path, join(path, 'cgroup.procs')].map((file) => statSync(file).uid),
      );
      expect(owners.length).toBeGreaterThan(1);
      expect(new Set(owners)).toEqual(new Set([0]));
      expect(readFileSync(`/proc/${handle.pid}/uid_map`, 'utf8')).toMatch(/^ +0 +524288 +65536\n$/);
      handle.kill(9);
      await outcome();
    });
  },
);
