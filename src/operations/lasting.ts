import type { Plan } from '../schema/plan.ts';
import type { VolumesBefore } from './volume/before.ts';
import { volumeMounts } from './volume/users.ts';

/** What of a plan cannot be undone, in words; of volumes those tell it that know what they held before. */
export function lasting(plan: Plan, before: VolumesBefore): string[] {
  const jobs = plan.documents.filter(({ kind, change }) => kind === 'Job' && change === 'run');
  const written = mountsOf(plan).filter((mount) => mount.type === 'bind' && !mount.readOnly);
  const directories = written.flatMap((mount) =>
    mount.type === 'bind' && mount.volume === undefined ? [mount.source] : [],
  );
  return [
    ...jobs.map(({ name }) => {
      const volumes = volumeMounts(mountsOf(plan, name)).map(({ volume }) => volume.name);
      const restored = [...new Set(volumes)].filter((volume) => before.has(volume));
      const words = `what Job "${name}" does is not undone if something fails`;
      if (restored.length === 0) return words;
      return `${words}, but for what it writes to ${restored.map((volume) => `volume "${volume}"`).join(', ')}`;
    }),
    ...[...new Set(directories)].map(
      (source) => `what is written to directory "${source}" is not undone if something fails`,
    ),
  ];
}

/** The mounts of the containers that it makes; with a name those of the document of that name. */
function mountsOf({ steps }: Plan, name?: string) {
  const own = steps.filter((step) => name === undefined || step.name === name);
  return own.flatMap((step) => ('container' in step ? (step.container?.mounts ?? []) : []));
}
