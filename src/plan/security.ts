import { posix, resolve } from 'node:path';
import { resolveCapabilities } from '../linux/capabilities.ts';
import { defaultMaskedPaths, defaultReadOnlyPaths } from '../linux/masks.ts';
import type { Device, PathChanges, Secret, Security } from '../schema/container-file.ts';
import type { SecretSpec, SecuritySpec } from '../schema/container-spec.ts';
import type { Fields } from './fields.ts';

type DeviceSpec = SecuritySpec['devices'][number];

/** What a document does not say of its security. */
export interface SecurityContext {
  /** Absolute; relative paths of the document count from it. */
  directory: string;
  /** What the capability ALL stands for on this host. */
  capabilities: readonly string[];
  /** Hidden beside the usual on this host. */
  maskedPaths: readonly string[];
  /** Texts of the seccomp profiles that the documents name, by their absolute paths. */
  seccompProfiles: ReadonlyMap<string, string>;
}

/** Heading 11 with every default filled in. */
export function compileSecurity(security: Security, context: SecurityContext, fields: Fields): SecuritySpec {
  const masked = [...defaultMaskedPaths, ...context.maskedPaths];
  return {
    capabilities: fields.convert(
      'security.capabilities',
      security.capabilities,
      resolveCapabilities({}),
      (changes) => resolveCapabilities(changes, context.capabilities),
    ),
    noNewPrivileges: fields.take('security.noNewPrivileges', security.noNewPrivileges, true),
    seccomp: compileSeccomp(security.seccomp, context, fields),
    maskedPaths: fields.convert('security.maskedPaths', security.maskedPaths, [...masked], changed(masked)),
    readOnlyPaths: fields.convert(
      'security.readOnlyPaths',
      security.readOnlyPaths,
      [...defaultReadOnlyPaths],
      changed(defaultReadOnlyPaths),
    ),
    sysctls: fields.take('security.sysctls', security.sysctls, {}),
    devices: fields.convert('security.devices', security.devices, [], (devices) =>
      devices.map(compileDevice),
    ),
    secrets: fields.convert('security.secrets', security.secrets, [], (secrets) =>
      secrets.map((secret) => compileSecret(secret, context.directory)),
    ),
    ...labels(security, fields),
  };
}

function labels({ apparmor, selinux }: Security, fields: Fields): Pick<SecuritySpec, 'apparmor' | 'selinux'> {
  return {
    ...(apparmor !== undefined && { apparmor: fields.take('security.apparmor', apparmor, apparmor) }),
    ...(selinux !== undefined && { selinux: fields.take('security.selinux', selinux, selinux) }),
  };
}

function compileDevice({ path, source = path, access = 'rw', mode = '0666' }: Device): DeviceSpec {
  return { path: posix.normalize(path), source, access, mode: Number.parseInt(mode, 8) };
}

/** The plan tells the path; the container has the text, so that what runs is what was planned. */
function compileSeccomp(
  given: Security['seccomp'],
  { directory, seccompProfiles }: SecurityContext,
  fields: Fields,
): SecuritySpec['seccomp'] {
  const name = fields.convert('security.seccomp', given, 'default', (text) =>
    text === 'default' || text === 'unconfined' ? text : resolve(directory, text),
  );
  if (name === 'default' || name === 'unconfined') return name;
  const profile = seccompProfiles.get(name);
  if (profile === undefined) throw new Error(`the seccomp profile "${name}" was not read`);
  return { path: name, profile };
}

/** Where it comes from, and not what it says. */
function compileSecret({ name, source, target, mode = '0400' }: Secret, directory: string): SecretSpec {
  const place = posix.join('/', target ?? `/run/secrets/${name}`).replace(/(.)\/$/, '$1');
  return { name, source: resolve(directory, source), target: place, mode: Number.parseInt(mode, 8) };
}

function changed(defaults: readonly string[]): (changes: PathChanges) => string[] {
  return ({ add = [], drop = [] }) => [
    ...new Set([...defaults.filter((path) => !drop.includes(path)), ...add]),
  ];
}
