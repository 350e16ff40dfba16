import { readFileSync } from 'node:fs';
import { confiningModules } from '../../linux/kernel.ts';
import type { SecuritySpec } from '../../schema/container-spec.ts';
import type { Unsupported } from '../backend.ts';
import type { ProgramView } from './render/input.ts';

/** The security modules of a host, as far as a container's confinement depends on them. */
interface Confinement {
  /** Such as `apparmor`. */
  modules: readonly string[];
  /** Names of the loaded AppArmor profiles; undefined where they cannot be read. */
  profiles: readonly string[] | undefined;
}

export function thisConfinement(): Confinement {
  return { modules: confiningModules(), profiles: loadedProfiles() };
}

/** What the modules are asked for. Where AppArmor is not on, everything is unconfined without a word. */
export function confinementOf(
  { apparmor, selinux }: SecuritySpec,
  modules: () => readonly string[] = confiningModules,
): ProgramView['confinement'] {
  const isAsked = apparmor !== undefined && (apparmor !== 'unconfined' || modules().includes('apparmor'));
  return { ...(isAsked && { apparmor }), ...(selinux !== undefined && { selinux }) };
}

/** What would be silently without effect: a profile or label of a module that is not on. */
export function unconfinable(
  { apparmor, selinux }: Pick<SecuritySpec, 'apparmor' | 'selinux'>,
  host: () => Confinement,
): Unsupported[] {
  const isMeant = apparmor !== undefined && apparmor !== 'unconfined';
  if (!isMeant && selinux === undefined) return [];
  const { modules, profiles } = host();
  return [
    ...(isMeant ? apparmorProblem(apparmor, modules, profiles) : []),
    ...(selinux !== undefined && !modules.includes('selinux')
      ? [
          {
            path: 'security.selinux',
            reason: 'SELinux is not on',
            expected: 'a host with SELinux, or no label',
          },
        ]
      : []),
  ];
}

function apparmorProblem(
  name: string,
  modules: Confinement['modules'],
  profiles: Confinement['profiles'],
): Unsupported[] {
  const path = 'security.apparmor';
  if (!modules.includes('apparmor'))
    return [{ path, reason: 'AppArmor is not on', expected: 'a host with AppArmor, or no profile' }];
  if (profiles === undefined || profiles.includes(name)) return [];
  return [
    { path, reason: `no profile "${name}" is loaded`, expected: 'one that apparmor_parser has loaded' },
  ];
}

/** Lines such as `docker-default (enforce)`. */
function loadedProfiles(): string[] | undefined {
  try {
    const text = readFileSync('/sys/kernel/security/apparmor/profiles', 'utf8');
    return text.split('\n').map((line) => line.replace(/ \(\w+\)$/, ''));
  } catch {
    return undefined;
  }
}
