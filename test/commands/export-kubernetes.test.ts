import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ExportKubernetesResult } from '../../src/schema/operations/export-kubernetes.ts';
import { eventually, makeCommandLine } from '../support/command-line.ts';
import { podmanIn } from '../support/podman.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
});
afterAll(async () => {
  await cli.deleteAll();
  await cli.remove();
});

const header = 'apiVersion: standard-container/v1\n';
const image = 'localhost/kube:1';

// What stands in the file is what a program sees: its arguments, user, directory, variables, rights and mounts.
const program = `
  echo "$(id -u):$(id -g) in $(pwd), $A"
  grep -E "^(CapEff|NoNewPrivs)" /proc/self/status
  touch /written 2>/dev/null || echo the root is read-only
  touch /scratch/here && echo scratch is not
  exit 3
`;

const file = `${header}kind: Volume
metadata: { name: Kube_data }
size: 1Gi
---
${header}kind: Container
metadata: { name: kube-once }
image: ${image}
process:
  args: ${JSON.stringify(['sh', '-c', program])}
  cwd: /tmp
  user: "1000:1000"
environment: { A: "a  b" }
rootfs: { readOnly: true, writablePaths: [/scratch] }
resources: { memory: 64Mi }
security: { capabilities: { drop: [ALL] } }
---
${header}kind: Container
metadata: { name: kube-web }
image: ${image}
process: { args: [sh, -c, 'echo kept > /data/kept; exec sleep 1000'] }
network: { networks: [{ name: back, aliases: [www] }] }
monitor: { restart: { policy: always } }
mounts: [{ volume: Kube_data, target: /data, copy: false }]
---
${header}kind: Network
metadata: { name: back }
`;

test('podman plays what sc export kubernetes prints, and its containers have what the file says', async () => {
  cli.write('web.yaml', file);
  await cli.sc('image', 'import', './rootfs', image, '--change', 'ENV PATH=/bin');
  await cli.sc('image', 'save', '--format', 'docker', '-o', 'kube.tar', image);
  const { stdout } = await cli.sc('export', 'kubernetes', 'web.yaml');
  expect(stdout.match(/(?<=^kind: ).*/gm)).toEqual(
    'PersistentVolumeClaim Pod NetworkPolicy Deployment Service Service'.split(' '),
  );
  cli.write('cluster.yaml', stdout);

  const { podman } = podmanIn(cli.directory);
  const at = (name: string) => join(cli.directory, name);
  const seen = async (name: string, format: string) =>
    (await podman('inspect', '--format', format, name)).stdout;
  const once = (format: string) => seen('kube-once-kube-once', format);
  await podman('load', '-i', at('kube.tar'));
  try {
    await podman('play', 'kube', '--network', 'none', '--log-driver', 'k8s-file', at('cluster.yaml'));
    await eventually(async () => (await once('{{.State.Status}}')) === 'exited' || undefined);
    expect(await once('{{.State.ExitCode}} {{.HostConfig.Memory}}')).toBe(`3 ${64 * 2 ** 20}`);
    const log = readFileSync(await once('{{.HostConfig.LogConfig.Path}}'), 'utf8');
    expect(log.split('\n').map((line) => line.replace(/^\S+ \S+ . /, ''))).toEqual([
      '1000:1000 in /tmp, a  b',
      'CapEff:\t0000000000000000',
      'NoNewPrivs:\t1',
      'the root is read-only',
      'scratch is not',
      '',
    ]);
    const names = (await podman('ps', '--format', '{{.Names}}')).stdout.split('\n');
    const web = names.find((name) => /^kube-web-.*kube-web$/.test(name)) ?? '';
    expect(await seen(web, '{{.State.Status}} {{.HostConfig.RestartPolicy.Name}}')).toBe('running always');
    const { stdout: data } = await podman('volume', 'inspect', '--format', '{{.Mountpoint}}', 'kube-data');
    expect(await eventually(() => readIfThere(join(data, 'kept')))).toBe('kept\n');
  } finally {
    await podman('pod', 'rm', '--all', '--force', '--time', '0');
    await podman('volume', 'rm', '--all', '--force');
    await podman('rmi', '--all', '--force');
  }
});

/** Nothing while there is nothing in it. */
function readIfThere(path: string): string | undefined {
  return (existsSync(path) && readFileSync(path, 'utf8')) || undefined;
}

test('sc export kubernetes prints objects, and on stderr what has no counterpart', async () => {
  cli.write('a.yaml', `${header}kind: Job\nmetadata: { name: once }\nimage: web:1\nresources: { pids: 5 }\n`);
  const { stdout, stderr, exitCode } = await cli.sc('export', 'kubernetes', 'a.yaml');
  const note =
    'a.yaml:5:20: resources.pids: processes are limited by the kubelet, for all Pods of a node alike';
  expect({ stderr, exitCode }).toEqual({ stderr: `${note}\n`, exitCode: 0 });
  expect(stdout).toContain(`#   ${note}\n`);
  const answer = await cli.json<ExportKubernetesResult>('export', 'kubernetes', 'a.yaml', '--json');
  expect(answer.text).toBe(stdout);
  expect(answer.objects).toEqual([
    { kind: 'Job', name: 'once' },
    { kind: 'NetworkPolicy', name: 'once-alone' },
  ]);
  expect(answer.notes).toEqual([expect.objectContaining({ line: 5, column: 20, path: 'resources.pids' })]);
});

test('sc export kubernetes refuses what it cannot carry over where it is asked to, and a size that is none', async () => {
  cli.write('b.yaml', `${header}kind: Job\nmetadata: { name: once }\nimage: web:1\nresources: { pids: 5 }\n`);
  const strict = await cli.sc('export', 'kubernetes', '--strict', 'b.yaml');
  expect({ stdout: strict.stdout, exitCode: strict.exitCode }).toEqual({ stdout: '', exitCode: 2 });
  expect(strict.stderr).toMatch(/^b\.yaml:5:20: resources\.pids: /);
  const size = await cli.sc('export', 'kubernetes', '--claim-size', '5GB', 'b.yaml');
  expect(size.stderr).toBe('sc: --claim-size: found "5GB"\nTry: a size with its unit, such as 256Mi\n');
  expect((await cli.sc('export', 'kubernetes')).stderr).toContain('no container file is named');
});
