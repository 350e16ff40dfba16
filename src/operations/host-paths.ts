import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { largestSecret, secretObstacle } from '../backend/secret-source.ts';
import { problemAt, type SourceDocument } from '../document/source-document.ts';
import { ScError } from '../errors/error.ts';
import type { Problem } from '../errors/problem.ts';
import { errnoOf, reason } from '../errors/reason.ts';
import { isConnected, statSource } from '../linux/mount-source.ts';
import { DEFAULT_NETWORK } from '../network/new-network.ts';
import { parseImageReference } from '../plan/image-reference.ts';
import type { NetworkFacts } from '../plan/networks.ts';
import { isRunnable } from '../plan/runnable.ts';
import type { VolumeFacts } from '../plan/volumes.ts';
import type { Mount } from '../schema/container-file.ts';
import { hookComplaints } from './hook-programs.ts';
import { isDeclared } from './mount-sources.ts';
import { namedNetworks } from './network/facts.ts';
import { pidFileComplaint } from './pid-file-place.ts';

/** A container file that is valid, but names what this host does not have. All of it is told at once. */
export class MissingPathsError extends ScError {
  readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly Problem[]) {
    const what = problems.some(({ path }) => /\.volume$|^network\./.test(path ?? '')) ? 'thing' : 'path';
    const count = `${problems.length} ${what}${problems.length === 1 ? '' : 's'}`;
    super('SC_NOT_FOUND', `${file}: ${count} that this host does not have`);
    this.name = 'MissingPathsError';
    this.problems = problems;
  }
}

/** A path of the host that a document names, absolute. */
interface HostPath {
  path: string;
  isWritten: boolean;
  complain(): Complaint | undefined;
}

/** What there is by name, and the directory of sc. */
interface Known {
  volumes: VolumeFacts;
  networks: NetworkFacts;
  root: string;
}

/** What is wrong with a path, at the field that says it. */
type Complaint = Pick<Problem, 'path' | 'message' | 'expected'>;

/**
 * Throws MissingPathsError where an image directory, the source of a bind mount or secret, a volume, a network, a
 * device, the program of a hook or the place of a pid file is not there. What lies below a directory that an earlier Job writes to may be made by that Job, and is left to the start.
 */
export function checkHostPaths(
  documents: readonly SourceDocument[],
  directory: string,
  { volumes, networks, root }: Known,
): void {
  const written: string[] = [];
  const problems: Problem[] = [];
  for (const document of documents) {
    const paths = hostPathsOf(document, { directory, root });
    const missing = [
      ...missingVolumes(document, documents, volumes),
      ...missingNetworks(document, documents, networks),
    ];
    for (const complaint of missing)
      problems.push({ file: document.file, ...document.locate(complaint.path), ...complaint });
    for (const host of paths) {
      if (written.some((parent) => `${host.path}/`.startsWith(`${parent === '/' ? '' : parent}/`))) continue;
      const complaint = host.complain();
      if (complaint === undefined) continue;
      problems.push({ ...complaint, ...problemAt(document, complaint.path, complaint.message) });
    }
    written.push(...paths.filter(({ isWritten }) => isWritten).map(({ path }) => path));
  }
  if (problems.length > 0) throw new MissingPathsError(documents[0]?.file ?? '', problems);
}

/** The same of the pid file and the hooks of one that is run alone: what else it names is looked at by its start. */
export function checkOwnFiles(
  document: SourceDocument,
  directory: string,
  { root }: Pick<Known, 'root'>,
): void {
  if (!isRunnable(document.value)) return;
  const ofPidFile = pidFileComplaint(document.value, { directory, root });
  const complaints = [
    ...(ofPidFile ? [ofPidFile] : []),
    ...hookComplaints(document.value, { directory, root }),
  ];
  if (complaints.length === 0) return;
  const problems = complaints.map((complaint) => ({
    ...complaint,
    ...problemAt(document, complaint.path ?? '', complaint.message),
  }));
  throw new MissingPathsError(document.file, problems);
}

/** Those that neither are there nor made by the file, nor need to be. */
function missingVolumes(
  { value }: SourceDocument,
  documents: readonly SourceDocument[],
  { known }: VolumeFacts,
): Complaint[] {
  if (!isRunnable(value)) return [];
  return (value.mounts ?? []).flatMap(({ volume, ifMissing = 'fail' }, index) => {
    if (typeof volume !== 'string' || ifMissing !== 'fail') return [];
    if (known.has(volume) || isDeclared(documents, volume)) return [];
    return [
      {
        path: `mounts[${index}].volume`,
        message: `there is no volume "${volume}"`,
        expected: `a document of kind Volume beside it, ifMissing: create, or sc volume create ${volume} before`,
      },
    ];
  });
}

/** The default one is made by who first needs it. */
function missingNetworks(
  { value }: SourceDocument,
  documents: readonly SourceDocument[],
  known: NetworkFacts,
): Complaint[] {
  const isMade = (name: string) =>
    documents.some((other) => other.value.kind === 'Network' && other.value.metadata.name === name);
  return namedNetworks(value).flatMap(({ name, path }) => {
    if (name === DEFAULT_NETWORK || known.has(name) || isMade(name)) return [];
    const expected = `a document of kind Network beside it, or sc network create ${name} before`;
    return [{ path, message: `there is no network "${name}"`, expected }];
  });
}

function hostPathsOf(
  { value }: SourceDocument,
  { directory, root }: { directory: string; root: string },
): HostPath[] {
  if (!isRunnable(value)) return [];
  const image = parseImageReference(value.image, directory);
  const mounts = (value.mounts ?? []).flatMap((mount, index): HostPath[] => {
    if (mount.bind === undefined) return [];
    const path = resolve(directory, mount.bind);
    const complain = () => mountComplaint(path, `mounts[${index}]`, mount);
    return [{ path, isWritten: mount.readOnly !== true, complain }];
  });
  const secrets = (value.security?.secrets ?? []).map(({ source }, index): HostPath => {
    const path = resolve(directory, source);
    const complain = () => secretComplaint(path, `security.secrets[${index}].source`);
    return { path, isWritten: false, complain };
  });
  const devices = (value.security?.devices ?? []).map(({ path: place, source }, index): HostPath => {
    const path = source ?? place;
    const field = `security.devices[${index}].${source === undefined ? 'path' : 'source'}`;
    return { path, isWritten: false, complain: () => deviceComplaint(path, field) };
  });
  const { pidFile } = value.monitor ?? {};
  const complain = () => pidFileComplaint(value, { directory, root });
  const files =
    pidFile === undefined ? [] : [{ path: resolve(directory, pidFile), isWritten: false, complain }];
  const hooks = hookComplaints(value, { directory, root }).map((complaint) => ({
    path: complaint.path ?? '',
    isWritten: false,
    complain: () => complaint,
  }));
  const named = [...mounts, ...secrets, ...devices, ...files, ...hooks];
  if (image.kind !== 'directory') return named;
  const { path } = image;
  return [{ path, isWritten: false, complain: () => imageComplaint(path) }, ...named];
}

function deviceComplaint(source: string, path: string): Complaint | undefined {
  const expected = 'a character or block device of this host';
  try {
    const status = statSync(source);
    if (status.isCharacterDevice() || status.isBlockDevice()) return undefined;
    return { path, message: `"${source}" is no device`, expected };
  } catch (error) {
    return { path, message: inWords(error, source), expected };
  }
}

function secretComplaint(source: string, path: string): Complaint | undefined {
  const obstacle = secretObstacle(source);
  const expected = `a regular file of this host, of at most ${largestSecret} bytes`;
  return obstacle === undefined ? undefined : { path, message: `"${source}": ${obstacle}`, expected };
}

function imageComplaint(image: string): Complaint | undefined {
  const path = 'image';
  const expected = 'a directory that holds a root filesystem';
  try {
    if (statSync(image).isDirectory()) return undefined;
    return { path, message: `"${image}" is not a directory`, expected };
  } catch (error) {
    return { path, message: inWords(error, image), expected };
  }
}

function mountComplaint(source: string, field: string, mount: Mount): Complaint | undefined {
  const { subpath, ifMissing = 'fail' } = mount;
  const expected = 'a file or directory of this host';
  try {
    statSync(source);
  } catch (error) {
    if (ifMissing !== 'fail' && errnoOf(error) === 'ENOENT') return undefined;
    return { path: `${field}.bind`, message: inWords(error, source), expected };
  }
  const whole = { source, ...(subpath !== undefined && { subpath }) };
  try {
    statSource(whole);
  } catch (error) {
    if (ifMissing !== 'fail' && errnoOf(error) === 'ENOENT') return undefined;
    const isLink = errnoOf(error) === 'ELOOP';
    const message = isLink ? `a link is on the way to "${subpath}"` : inWords(error, `${source}/${subpath}`);
    return { path: `${field}.subpath`, message, expected: 'a path below the source without links' };
  }
  const { propagation = 'rprivate' } = mount;
  if (isConnected(whole, propagation)) return undefined;
  return {
    path: `${field}.propagation`,
    message: `nothing travels to or from the mount that "${source}" lies on`,
    expected: 'a source on a shared mount (mount --make-shared)',
  };
}

function inWords(error: unknown, path: string): string {
  return errnoOf(error) === 'ENOENT' ? `"${path}" does not exist` : reason(error);
}
