import type { Mount } from '../../schema/container-file.ts';
import { filled } from '../filled.ts';
import type { Item } from './item.ts';
import type { Project } from './project.ts';
import { hostPath, modeOf, partsOf, sizeOf } from './values.ts';

const propagations = ['private', 'slave', 'shared'].flatMap((name) => [name, `r${name}`]);

/** Volumes, binds, filesystems in memory and configs. */
export function mountsOf(service: Item, project: Project): Mount[] {
  const volumes = (service.get('volumes')?.items() ?? []).flatMap((item) =>
    item.isMap ? longMount(item, project) : shortMount(item, project),
  );
  const inMemory = (service.get('tmpfs')?.items() ?? []).map(shortTmpfs);
  const configs = (service.get('configs')?.items() ?? []).flatMap((item) => configMount(item, project));
  // The last of a target counts, as where a service says anew what it extends.
  return [...new Map([...volumes, ...inMemory, ...configs].map((mount) => [mount.target, mount])).values()];
}

/** `[SOURCE:]TARGET[:OPTION,...]`. */
function shortMount(item: Item, project: Project): Mount[] {
  const parts = partsOf(item.text());
  if (parts.length > 3) {
    item.expect('[SOURCE:]TARGET[:OPTIONS]');
    return [];
  }
  const [first = '', target, options = ''] = parts;
  if (target === undefined) return [{ volume: true, target: first }];
  const isPath = /^[./~]/.test(item.now());
  const source = isPath
    ? { bind: hostPath(first, item), ifMissing: 'create' as const }
    : { volume: project.volume(first, item) };
  return [{ ...source, target, ...optionsOf(options, item) }];
}

function optionsOf(options: string, item: Item): Partial<Mount> {
  const found: Partial<Mount> = {};
  for (const option of options.split(',')) {
    if (option === 'ro') found.readOnly = true;
    else if (option === 'nocopy') found.copy = false;
    else if (propagations.includes(option)) found.propagation = option as NonNullable<Mount['propagation']>;
    else if (/^[zZ]$/.test(option)) item.note(`"${option}" gives files an SELinux label, which is not done`);
    else if (!['', 'rw', 'cached', 'delegated', 'consistent'].includes(option))
      item.note(`"${option}" has no counterpart`);
  }
  return found;
}

function longMount(item: Item, project: Project): Mount[] {
  const type = item.get('type')?.now();
  const target = item.get('target')?.text();
  const source = item.get('source');
  if (target === undefined) {
    item.problem('missing key "target"');
    return [];
  }
  const readOnly = item.get('read_only')?.boolean() ? { readOnly: true } : {};
  const subpath = item.get('volume')?.get('subpath')?.text();
  switch (type) {
    case 'bind': {
      const { propagation, create_host_path: create } = Object.fromEntries(item.get('bind')?.entries() ?? []);
      if (source === undefined) item.problem('missing key "source"');
      return [
        {
          bind: source === undefined ? '' : hostPath(source.text(), source),
          target,
          ...readOnly,
          ...((create?.boolean() ?? true) && { ifMissing: 'create' as const }),
          ...(propagation !== undefined && optionsOf(propagation.now(), propagation)),
        },
      ];
    }
    case 'volume':
      return [
        {
          volume: source === undefined ? true : project.volume(source.now(), source),
          target,
          ...readOnly,
          ...(item.get('volume')?.get('nocopy')?.boolean() && { copy: false }),
          ...(subpath !== undefined && { subpath, copy: false }),
        },
      ];
    case 'tmpfs': {
      const { size, mode } = Object.fromEntries(item.get('tmpfs')?.entries() ?? []);
      return [
        tmpfs(item, {
          target,
          ...readOnly,
          ...filled({ size: size && sizeOf(size), mode: mode && modeOf(mode) }),
        }),
      ];
    }
    default:
      item.problem(`found a mount of type ${JSON.stringify(type)}`, 'bind, volume or tmpfs');
      return [];
  }
}

/** `TARGET[:OPTION,...]`. */
function shortTmpfs(item: Item): Mount {
  const [target = '', options = ''] = partsOf(item.now());
  const mount: Partial<Mount> = {};
  const owner: { uid?: string; gid?: string } = {};
  for (const option of options.split(',').filter((word) => word !== '')) {
    const [name = '', value = ''] = option.split('=');
    if (name === 'size') Object.assign(mount, filled({ size: sizeOf(item.with(value)) }));
    else if (name === 'mode') Object.assign(mount, filled({ mode: modeOf(item.with(value)) }));
    else if (name === 'uid' || name === 'gid') owner[name] = value;
    else if (name === 'ro') mount.readOnly = true;
    else if (name === 'exec') mount.exec = true;
    else if (!['rw', 'noexec', 'nosuid', 'nodev'].includes(name)) item.note(`"${option}" has no counterpart`);
  }
  const { uid, gid } = owner;
  const owned = uid === undefined && gid === undefined ? {} : { owner: `${uid ?? '0'}:${gid ?? '0'}` };
  return tmpfs(item, { target, ...mount, ...owned });
}

function tmpfs(item: Item, mount: Omit<Mount, 'tmpfs'>): Mount {
  if (mount.size === undefined) item.note('a tmpfs without a size holds 64Mi');
  const { target, ...rest } = mount;
  return { tmpfs: true, target, ...rest };
}

/** A config is a file that is bound read-only. */
function configMount(item: Item, project: Project): Mount[] {
  const name = item.isMap ? item.get('source') : item;
  const source = name === undefined ? undefined : project.fileOf('configs', name);
  if (name === undefined || source === undefined) return [];
  for (const key of ['uid', 'gid', 'mode'])
    item.get(key)?.note(`"${key}" of a config: its file has that which it has on the host`);
  const target = item.get('target')?.text() ?? `/${name.now()}`;
  return [{ bind: source, target, readOnly: true }];
}
