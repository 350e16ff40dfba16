import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { viewHost } from '../../src/backend/native/host.ts';
import { nativeBackend } from '../../src/backend/native/native.ts';
import { readHostCgroups } from '../../src/linux/cgroup/hierarchy.ts';
import { processReference } from '../../src/linux/process.ts';
import { versionOf } from '../host.ts';
import { type Party, residentParty } from '../party.ts';
import { benchContainer } from '../start/container.ts';
import { makeBundle } from '../start/oci-bundle.ts';
import { cgroupPrefix, type Workshop } from '../start/workshop.ts';

const idle = ['/pause'];

/** The same program, executed in a container that runs. The first two are in one and the same. */
export async function execParties(workshop: Workshop): Promise<Party[]> {
  const others = [runc(workshop), crun(workshop)].filter((party) => party !== undefined);
  return [...(await ourParties(workshop)), ...others];
}

async function ourParties({ directory, rootfs }: Workshop): Promise<Party[]> {
  const cgroupParent = `/${cgroupPrefix}-exec`;
  const backend = nativeBackend({ root: directory, cgroupParent });
  const stream = openSync('/dev/null', 'r+');
  const stdio = { stdin: stream, stdout: stream, stderr: stream };
  const { container: whole, ...request } = benchContainer(rootfs);
  const container = { ...whole, process: { ...whole.process, args: idle } };
  const handle = await backend.launch({ ...request, container, stdio });
  const init = processReference(handle.pid);
  const { cgroups } = viewHost(container, {
    cgroupParent,
    cacheDirectory: join(directory, 'cache', 'seccomp'),
    sourceKind: () => 'directory',
  });
  const procs = cgroups.groups.map(({ path, procsFile }) => `${path}/${procsFile}`);
  const enter = join(directory, 'enter');
  execFileSync('gcc', ['-O2', '-static', '-o', enter, join(import.meta.dirname, 'enter.c')]);
  const limit = residentParty({
    name: 'C exec',
    note: 'joins the groups and namespaces and executes; drops no right and loads no filter: the limit',
    argv: [enter, `${handle.pid}`, ...procs],
  });
  const executed = { ...container, process: { ...whole.process, args: ['/true'] } };
  const { identity, environment } = request;
  return [
    limit,
    {
      name: 'sc exec in process',
      async measure(count) {
        const durations: number[] = [];
        for (let index = 0; index < count; index++) {
          const from = performance.now();
          const program = await backend.execute({ container: executed, identity, environment, stdio, init });
          const { code } = await program.wait();
          durations.push(performance.now() - from);
          if (code !== 0) throw new Error(`the program ended with ${code}`);
        }
        return durations;
      },
      async end() {
        handle.kill(9);
        await handle.wait();
        closeSync(stream);
      },
    },
  ];
}

function runc(workshop: Workshop): Party | undefined {
  if (versionOf('runc') === undefined) return undefined;
  return executing(workshop, ['runc', '--root', join(workshop.directory, 'runc')], 'runc');
}

/** Out of whose sight the tree of v2 is taken where it refuses a host with both (see the start). */
function crun(workshop: Workshop): Party | undefined {
  if (versionOf('crun') === undefined) return undefined;
  const { mode, hierarchies } = readHostCgroups();
  const unified = mode === 'hybrid' ? hierarchies.find(({ version }) => version === 2)?.path : undefined;
  return executing(workshop, ['crun', '--root', join(workshop.directory, 'crun')], 'crun', unified);
}

/** Starts an idle container, measures, and deletes it, all in one mount namespace. */
function executing(workshop: Workshop, runtime: readonly string[], name: string, hidden = ''): Party {
  const bundle = makeBundle(workshop, `/${cgroupPrefix}-${name}/exec`, (configuration) => ({
    ...configuration,
    process: { ...configuration.process, args: idle },
  }));
  const command = runtime.join(' ');
  const script = [
    hidden === '' ? '' : `while umount ${hidden} 2>/dev/null; do :; done; mount -t tmpfs sc-bench ${hidden}`,
    `${command} run --detach --bundle ${bundle} bench-exec </dev/null >/dev/null || exit 1`,
    `${workshop.spawn} ${command} exec bench-exec /true`,
    `${command} delete --force bench-exec`,
  ];
  return residentParty({
    name: `${name} exec`,
    argv: ['unshare', '--mount', 'sh', '-c', script.filter(Boolean).join('\n')],
  });
}
