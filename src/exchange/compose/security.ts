import type { Device, Secret, Security } from '../../schema/container-file.ts';
import { filled } from '../filled.ts';
import type { Item } from './item.ts';
import { pairs } from './merge.ts';
import type { Project } from './project.ts';
import { hostPath, modeOf, partsOf } from './values.ts';

/** Capabilities, options, devices, sysctls and secrets. */
export function securityOf(service: Item, project: Project): Security | undefined {
  service.get('privileged')?.boolean() &&
    service
      .get('privileged')
      ?.note('nothing takes every protection away: grant single capabilities and devices');
  const sysctls = service.get('sysctls');
  const userns = service.get('userns_mode');
  return filled({
    capabilities: filled({ add: texts(service, 'cap_add'), drop: texts(service, 'cap_drop') }),
    ...optionsOf(service),
    devices: (service.get('devices')?.items() ?? []).flatMap(deviceOf),
    sysctls:
      sysctls === undefined
        ? {}
        : Object.fromEntries(pairs(sysctls).map(([name, item]) => [name, item.text()])),
    userNamespace: userns?.now() === 'host' ? ('host' as const) : undefined,
    secrets: (service.get('secrets')?.items() ?? []).flatMap((item) => secretOf(item, project)),
  });
}

function texts(service: Item, key: string): string[] {
  return (service.get(key)?.items() ?? []).map((item) => item.text());
}

function optionsOf(service: Item): Partial<Security> {
  const found: Partial<Security> = {};
  for (const item of service.get('security_opt')?.items() ?? []) {
    const [, name = '', value = ''] = /^([\w-]+)(?:[:=](.*))?$/s.exec(item.now()) ?? [];
    if (name === 'no-new-privileges') found.noNewPrivileges = value !== 'false';
    else if (name === 'seccomp') found.seccomp = value === 'unconfined' ? value : hostPath(value, item);
    else if (name === 'apparmor') found.apparmor = value;
    else item.note(`"${item.now()}" has no counterpart`);
  }
  return found;
}

/** `SOURCE[:TARGET[:rwm]]`, or the long form. */
function deviceOf(item: Item): Device[] {
  const [source, target, access] = item.isMap
    ? ['source', 'target', 'permissions'].map((key) => item.get(key)?.text())
    : partsOf(item.text());
  if (source === undefined || !source.startsWith('/')) {
    item.note('only devices of the host by their paths are given');
    return [];
  }
  return [
    {
      path: target ?? source,
      ...(target !== undefined && target !== source && { source }),
      ...(access !== undefined && access !== 'rw' && { access }),
    },
  ];
}

function secretOf(item: Item, project: Project): Secret[] {
  const name = item.isMap ? item.get('source') : item;
  const source = name === undefined ? undefined : project.fileOf('secrets', name);
  if (name === undefined || source === undefined) return [];
  for (const key of ['uid', 'gid']) item.get(key)?.note('a secret belongs to the user of the container');
  const [target, mode] = [item.get('target')?.text(), item.get('mode')];
  const path = target === undefined || target.startsWith('/') ? target : `/run/secrets/${target}`;
  return [
    {
      name: name.now(),
      source,
      ...(path !== undefined && { target: path }),
      ...(mode !== undefined && filled({ mode: modeOf(mode) })),
    },
  ];
}
