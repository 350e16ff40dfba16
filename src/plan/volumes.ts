import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { parseOwner } from '../document/owner.ts';
import { ScError } from '../errors/error.ts';
import type { Volume } from '../schema/container-file.ts';
import type { ContainerSpec } from '../schema/container-spec.ts';
import type { PlanField, PlanStep } from '../schema/plan.ts';
import type { VolumeSpec } from '../schema/volume-spec.ts';
import type { Fields } from './fields.ts';

/** What is known of the volumes of this host. */
export interface VolumeFacts {
  /** The directory that a volume is, or would be. */
  path: (name: string) => string;
  /** Those that are there, by their names. */
  known: ReadonlyMap<string, VolumeSpec>;
}

const ROOT = { uid: 0, gid: 0 };
const MODE = 0o755;

export function compileVolume(volume: Volume, fields: Fields): VolumeSpec {
  const { owner, mode } = volume;
  const { name } = volume.metadata;
  const labels = fields.take('labels', volume.labels, {});
  const uidAndGid = fields.convert('owner', owner, ROOT, parseOwner);
  const bits = fields.convert('mode', mode, MODE, (text) => Number.parseInt(text, 8));
  return {
    name,
    anonymous: false,
    labels,
    ...(owner !== undefined && { owner: uidAndGid }),
    ...(mode !== undefined && { mode: bits }),
  };
}

/** What has to be done so that there is a volume, which is that of a file then. Throws SC_EXISTS where there is one that is otherwise. */
export function stepsOfVolume(
  volume: VolumeSpec,
  fields: PlanField[],
  facts: VolumeFacts,
  file?: string,
): PlanStep[] {
  const { name } = volume;
  const known = facts.known.get(name);
  if (known === undefined) {
    const whose = { ...(file !== undefined && { file }) };
    return [{ kind: 'createVolume', name, volume, ...whose, reason: 'there is none', fields }];
  }
  const [is, wanted] = [known, volume].map(comparable);
  const differing = Object.entries(wanted ?? {}).find(([key, value]) => !isDeepStrictEqual(value, is?.[key]));
  if (differing === undefined) return [];
  const [key, value] = differing;
  throw new ScError(
    'SC_EXISTS',
    `volume "${name}" is there, with ${key} ${JSON.stringify(is?.[key])} where the file says ${JSON.stringify(value)}`,
    {
      hint: `what is in a volume is not touched: name another, or sc volume remove ${name}`,
    },
  );
}

/** In the words of the file. */
function comparable({ labels, owner = ROOT, mode = MODE }: VolumeSpec): { [key: string]: unknown } {
  return { labels, owner: `${owner.uid}:${owner.gid}`, mode: mode.toString(8).padStart(4, '0') };
}

/**
 * Names of the volumes without a name of their own, by their targets: those that an earlier container of the same name
 * has, so that what is in them is not lost when the file says something else than before, and new ones.
 */
export function anonymousNames(id: string, earlier: ContainerSpec | undefined): (target: string) => string {
  return (target) => {
    const kept = earlier?.mounts.find((mount) => mount.target === target);
    if (kept?.type === 'bind' && kept.volume?.anonymous) return kept.volume.name;
    return createHash('sha256').update(`${id}\0${target}`).digest('hex');
  };
}
