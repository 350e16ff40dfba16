import type { Mount } from '../../schema/container-file.ts';
import { filled } from '../filled.ts';
import type { Cluster, Runnable } from './cluster.ts';
import { quantityOf } from './quantity.ts';
import type { Source } from './source.ts';

interface Storage {
  volumes: object[];
  volumeMounts: object[];
}

/** Mounts, writable paths, /dev/shm and secrets: what a Pod has, and where its container has it. */
export function storageOf(value: Runnable, source: Source, cluster: Cluster): Storage {
  const storage: Storage = { volumes: [], volumeMounts: [] };
  const claims = new Map<string, string>();
  for (const [index, mount] of (value.mounts ?? []).entries()) {
    const own = `mount-${index}`;
    // A claim that is mounted twice is one volume.
    const first = typeof mount.volume === 'string' ? claims.get(mount.volume) : undefined;
    if (typeof mount.volume === 'string' && first === undefined) claims.set(mount.volume, own);
    const volume = volumeOf(mount, `mounts[${index}]`, source, cluster);
    if (first === undefined) storage.volumes.push({ name: own, ...volume });
    storage.volumeMounts.push(mountOf(mount, first ?? own, `mounts[${index}]`, source));
  }
  for (const [index, target] of (value.rootfs?.writablePaths ?? []).entries())
    addMemory(storage, `writable-${index}`, target, '64Mi');
  source.take('rootfs.writablePaths', undefined);
  const shm = source.take('resources.shm', value.resources?.shm);
  if (shm !== undefined) addMemory(storage, 'shm', '/dev/shm', shm);
  addSecrets(storage, value, source, cluster);
  return storage;
}

function addMemory(storage: Storage, name: string, mountPath: string, size: string): void {
  storage.volumes.push({ name, ...inMemory(size) });
  storage.volumeMounts.push({ name, mountPath });
}

function inMemory(size: string): object {
  return { emptyDir: { medium: 'Memory', sizeLimit: quantityOf(size) } };
}

function volumeOf(mount: Mount, at: string, source: Source, cluster: Cluster): object {
  const { bind, volume, copy = true, subpath, ifMissing = 'fail', size = '64Mi' } = mount;
  if (bind !== undefined) {
    const path = cluster.path(bind);
    source.note(`${at}.bind`, `"${path}" is of this machine: it has to be on each node`);
    if (ifMissing === 'skip') source.note(`${at}.ifMissing`, 'a Pod without it would not start');
    else source.take(`${at}.ifMissing`, ifMissing);
    return { hostPath: { path, ...(ifMissing === 'create' && { type: 'DirectoryOrCreate' }) } };
  }
  if (volume === undefined) {
    source.take(`${at}.tmpfs`, true);
    return inMemory(source.take(`${at}.size`, size));
  }
  source.take(`${at}.ifMissing`, ifMissing);
  source.take(`${at}.volume`, volume);
  source.take(`${at}.copy`, copy);
  if (copy && subpath === undefined)
    source.note(`${at}.volume`, 'it is empty at first, and begins not with what the image has there');
  if (typeof volume === 'string' && cluster.isGuessed(volume))
    source.note(
      `${at}.volume`,
      `the file has no Volume of this name: its claim asks for ${cluster.claims.size}`,
    );
  return volume === true
    ? { emptyDir: {} }
    : { persistentVolumeClaim: { claimName: cluster.claimOf(volume) } };
}

function mountOf(mount: Mount, name: string, at: string, source: Source): object {
  return {
    name,
    mountPath: source.take(`${at}.target`, mount.target),
    ...filled({
      subPath: source.take(`${at}.subpath`, mount.subpath),
      readOnly: source.take(`${at}.readOnly`, mount.readOnly) || undefined,
      mountPropagation: propagationOf(mount, at, source),
    }),
  };
}

function propagationOf({ propagation }: Mount, at: string, source: Source): string | undefined {
  if (propagation === undefined) return undefined;
  const kind = propagation.replace(/^r/, '');
  const found = { slave: 'HostToContainer', shared: 'Bidirectional', private: undefined }[kind];
  if (kind === 'unbindable') source.note(`${at}.propagation`, 'a mount is private, and may be bound');
  else if (kind === 'shared')
    source.note(`${at}.propagation`, 'only who is privileged gives mounts to the node');
  else source.take(`${at}.propagation`, propagation);
  return found;
}

/** What a secret says is no part of what is handed around: who has it makes it in the cluster. */
function addSecrets(storage: Storage, value: Runnable, source: Source, cluster: Cluster): void {
  const secrets = value.security?.secrets ?? [];
  if (secrets.length === 0) return;
  const secretName = cluster.besides(cluster.nameOf(value.metadata.name), 'Secret', 'secrets');
  const files = secrets.map(({ name, source }) => `--from-file=${name}=${cluster.path(source)}`);
  source.note(
    'security.secrets',
    `they have to be there: kubectl create secret generic ${secretName} ${files.join(' ')}`,
  );
  const items = secrets.map(({ name, mode = '0400' }) => ({
    key: name,
    path: name,
    mode: Number.parseInt(mode, 8),
  }));
  storage.volumes.push({ name: 'secrets', secret: { secretName, items } });
  for (const { name, target = `/run/secrets/${name}` } of secrets)
    storage.volumeMounts.push({ name: 'secrets', mountPath: target, subPath: name, readOnly: true });
}
