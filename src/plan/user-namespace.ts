import { capabilitiesOfHost } from '../linux/capabilities.ts';
import { parseSysctl } from '../linux/sysctls.ts';
import type { Security } from '../schema/container-file.ts';
import type { ContainerSpec, IdMaps } from '../schema/container-spec.ts';
import type { Fields } from './fields.ts';
import type { Runnable } from './runnable.ts';

/** Whether this container can have a user namespace of its own on this host. */
export interface OwnUserNamespace {
  /** Maps to users and groups of the host that nobody else has. */
  maps: IdMaps;
  /** Whether it can change the settings of an ipc namespace, as since Linux 6.9. */
  setsIpc: boolean;
  /** Why it cannot, and whether that is for a mount that the file asks for. */
  obstacle?: { reason: string; isOfFile: boolean };
}

/** As far as a user namespace depends on it. */
export type MappedContainer = Pick<ContainerSpec, 'id' | 'image' | 'mounts'>;

type Wanted = NonNullable<Security['userNamespace']>;

/** `auto` takes one wherever it can be had and takes nothing away that the file asks for. */
export function compileUserNamespace(
  job: Runnable,
  capabilities: readonly string[],
  { maps, setsIpc, obstacle }: OwnUserNamespace,
  fields: Fields,
): IdMaps | undefined {
  const given = job.security?.userNamespace;
  const wanted: Wanted = given ?? 'auto';
  const clash = wanted === 'host' ? undefined : conflict(job, capabilities, wanted, setsIpc);
  const reason = wanted === 'host' ? undefined : (obstacle?.reason ?? clash);
  const own =
    wanted === 'host' || reason !== undefined ? undefined : typeof wanted === 'object' ? wanted : maps;
  // Where it is the file that rules it out, the file has said so.
  const source = clash === undefined && !obstacle?.isOfFile ? given : wanted;
  fields.convert('security.userNamespace', source, own ?? 'host', () => own ?? 'host');
  if (reason === undefined) return own;
  if (wanted === 'auto') fields.remark(`that of the host, since ${reason}`);
  else fields.refuse('security.userNamespace', reason);
  return undefined;
}

/** What would not mean inside what the file means by it. */
function conflict(
  job: Runnable,
  capabilities: readonly string[],
  wanted: Wanted,
  setsIpc: boolean,
): string | undefined {
  const capability = capabilities.find((name) => capabilitiesOfHost.includes(name));
  if (capability !== undefined) return `${capability} counts in the host's user namespace only`;
  const settings = Object.keys(job.security?.sysctls ?? {});
  const setting = settings.find((name) => !setsIpc && parseSysctl(name).namespace === 'ipc');
  if (setting !== undefined)
    return `${setting} can be set in the host's user namespace only, before Linux 6.9`;
  const size = typeof wanted === 'object' ? undefined : 65536;
  const number = /^\d+/.exec(job.process?.user ?? '')?.[0];
  if (size !== undefined && Number(number) >= size) return `user ${number} is beyond the ${size} of its maps`;
  return undefined;
}
