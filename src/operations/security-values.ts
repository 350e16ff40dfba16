import type { ScError } from '../errors/error.ts';
import type { Device, Secret, Security } from '../schema/container-file.ts';
import { usage } from './command-line-values.ts';

/** `SOURCE[:TARGET][:ACCESS]`; without the last one all is allowed, as docker has it. */
export function device(text: string): Device {
  const [source = '', second, third, ...rest] = text.split(':');
  const isAccess = second !== undefined && /^[rwm]+$/.test(second);
  const target = isAccess || second === undefined ? source : second;
  const access = isAccess ? second : (third ?? 'rwm');
  const isWhole = source !== '' && target !== '' && rest.length === 0 && !(isAccess && third !== undefined);
  if (!isWhole || !/^[rwm]+$/.test(access))
    throw usage('--device', text, 'SOURCE, SOURCE:TARGET or SOURCE:TARGET:rwm');
  const letters = [...'rwm'].filter((letter) => access.includes(letter)).join('');
  return { path: target, source, access: letters };
}

/** `NAME=VALUE`. */
export function sysctls(texts: readonly string[]): { [name: string]: string } | undefined {
  if (texts.length === 0) return undefined;
  return Object.fromEntries(
    texts.map((text) => {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
      if (name === undefined || value === undefined) throw usage('--sysctl', text, 'NAME=VALUE');
      return [name, value];
    }),
  );
}

const options =
  'no-new-privileges=true|false, seccomp=FILE|unconfined, apparmor=PROFILE, label=disable or label=USER:ROLE:TYPE:LEVEL';

/** One of `options`; `:` does for `=`. */
export function securityOptions(texts: readonly string[]): Security {
  const security: Security = {};
  for (const text of texts) {
    const [, name, value] = /^([\w-]+)(?:[=:](.*))?$/.exec(text) ?? [];
    if (name === 'no-new-privileges' && (value === undefined || value === 'true' || value === 'false')) {
      security.noNewPrivileges = value !== 'false';
    } else if (name === 'seccomp' && value) security.seccomp = seccompProfile(value);
    else if (name === 'apparmor' && value) security.apparmor = value;
    else if (name === 'label' && /^(\w+:){3}/.test(value ?? '')) security.selinux = value ?? '';
    else if (name !== 'label' || value !== 'disable') throw usage('--security-opt', text, options);
  }
  return security;
}

/** As docker has it, a file may be named without `./`. */
function seccompProfile(text: string): string {
  if (text === 'builtin' || text === 'default') return 'default';
  return text === 'unconfined' || /^(\/|\.\.?(\/|$))/.test(text) ? text : `./${text}`;
}

/** `NAME,source=FILE[,target=PATH][,mode=MODE]`; the file counts from where the caller is. */
export function secret(text: string): Secret {
  const [name = '', ...options] = text.split(',');
  const values = new Map<string, string>();
  for (const option of options) {
    const [, key = '', value] = /^(source|target|mode)=(.+)$/s.exec(option) ?? [];
    if (value === undefined || values.has(key)) throw secretUsage(text);
    values.set(key, value);
  }
  const source = values.get('source');
  if (name === '' || name.includes('=') || source === undefined) throw secretUsage(text);
  const [target, mode] = [values.get('target'), values.get('mode')];
  return {
    name,
    source: /^(\/|\.\.?(\/|$))/.test(source) ? source : `./${source}`,
    ...(target !== undefined && { target }),
    ...(mode !== undefined && { mode }),
  };
}

function secretUsage(text: string): ScError {
  return usage('--secret', text, 'NAME,source=FILE, and maybe ,target=PATH and ,mode=0400');
}
