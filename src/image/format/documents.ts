import { ScError } from '../../errors/error.ts';
import type { Config } from '../../schema/image/config.ts';
import type { DockerArchive } from '../../schema/image/docker-archive.ts';
import type { Index } from '../../schema/image/index.ts';
import type { Manifest } from '../../schema/image/manifest.ts';
import { validate as validateConfig } from '../../schema/image/validate-config.ts';
import { validate as validateDockerArchive } from '../../schema/image/validate-docker-archive.ts';
import { validate as validateIndex } from '../../schema/image/validate-index.ts';
import { validate as validateLayout } from '../../schema/image/validate-layout.ts';
import { validate as validateManifest } from '../../schema/image/validate-manifest.ts';
import type { SchemaError, Validator } from '../../schema/validator.ts';
import { digestFlaw } from './digest.ts';
import { isIndexType } from './media-types.ts';
import { textFlaw } from './text-flaw.ts';

/** Bytes of an image manifest, an index or a config. Registries take no larger ones either. */
export const LARGEST_DOCUMENT = 4 * 1024 * 1024;

/** `what` names the document in errors, such as `image manifest sha256:...`. */
export function readManifest(bytes: Uint8Array, what: string, mediaType?: string): Manifest {
  const value = parse(bytes, what);
  refuseConfusion(value, what, mediaType, { own: 'layers', other: 'manifests' });
  return valid(value, what, validateManifest) as Manifest;
}

export function readIndex(bytes: Uint8Array, what: string, mediaType?: string): Index {
  const value = parse(bytes, what);
  refuseConfusion(value, what, mediaType, { own: 'manifests', other: 'layers' });
  if (memberOf(value, 'config') !== undefined) throw refusal(what, 'it has "manifests" and "config"');
  return valid(value, what, validateIndex) as Index;
}

export function readConfig(bytes: Uint8Array, what: string): Config {
  return valid(parse(bytes, what), what, validateConfig) as Config;
}

export function readDockerArchive(bytes: Uint8Array, what: string): DockerArchive {
  return valid(parse(bytes, what), what, validateDockerArchive) as DockerArchive;
}

/** Throws SC_BAD_IMAGE where the file `oci-layout` is not that of a layout that we know. */
export function checkLayout(bytes: Uint8Array, what: string): void {
  valid(parse(bytes, what), what, validateLayout);
}

/** Such a document as bytes, the same for the same value. */
export function documentBytes(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function parse(bytes: Uint8Array, what: string): unknown {
  if (bytes.length > LARGEST_DOCUMENT) throw tooLarge(what, bytes.length);
  const { text, value } = parseText(bytes, what);
  const flaw = textFlaw(text);
  if (flaw === undefined) return value;
  throw refusal(what, flaw);
}

function parseText(bytes: Uint8Array, what: string): { text: string; value: unknown } {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { text, value: JSON.parse(text) };
  } catch {
    throw refusal(what, 'it is no JSON');
  }
}

/** Throws SC_BAD_IMAGE for a document that is larger than any may be. */
export function checkDocumentSize(what: string, size: number): void {
  if (size > LARGEST_DOCUMENT) throw tooLarge(what, size);
}

function tooLarge(what: string, size: number): ScError {
  return refusal(what, `it has ${size} bytes, and ${LARGEST_DOCUMENT} are allowed`);
}

/**
 * One digest must not be an index to one reader and an image manifest to another (CVE-2021-41190): a document
 * has the parts of one of them, and says the same of itself as who refers to it. Readers in Go take `Layers` for
 * `layers`.
 */
function refuseConfusion(
  value: unknown,
  what: string,
  expected: string | undefined,
  { own, other }: { own: string; other: string },
): void {
  if (memberOf(value, other) !== undefined) {
    const has =
      memberOf(value, own) === undefined ? `"${other}" in place of "${own}"` : `"${own}" and "${other}"`;
    throw refusal(what, `it has ${has}`);
  }
  const parts = [value, memberOf(value, 'config'), ...listOf(value, 'layers'), ...listOf(value, 'manifests')];
  const twin = parts.flatMap((part) => Object.keys(Object(part))).find(isTwin);
  if (twin !== undefined)
    throw refusal(what, `it has ${JSON.stringify(twin)}, which is another word to other readers`);
  const said = memberOf(value, 'mediaType');
  if (said === undefined || said === expected) return;
  if (expected !== undefined)
    throw refusal(what, `it says that it is ${JSON.stringify(said)}, and what refers to it "${expected}"`);
  if (own === 'manifests' && !isIndexType(String(said)))
    throw refusal(what, `it says that it is ${JSON.stringify(said).slice(0, 150)}, and it is an index`);
}

/** Words by which readers know what a document is, and which blobs it needs. */
const TELLING = ['layers', 'manifests', 'config', 'mediaType', 'digest', 'size', 'platform'];

/** `Layers` is nothing to us, and `layers` to Go. */
function isTwin(key: string): boolean {
  return TELLING.some((word) => word !== key && word.toLowerCase() === key.toLowerCase());
}

function listOf(value: unknown, key: string): unknown[] {
  const list = memberOf(value, key);
  return Array.isArray(list) ? list : [];
}

function valid(value: unknown, what: string, validate: Validator): unknown {
  if (validate(value)) return value;
  throw refusal(what, complaint(validate.errors?.[0], value));
}

function complaint(error: SchemaError | undefined, document: unknown): string {
  if (error === undefined) return 'it does not fit its schema';
  const { instancePath, keyword, params, message } = error;
  const place = instancePath.slice(1).replaceAll('/', '.');
  if (keyword === 'required')
    return `${place === '' ? 'it' : `"${place}"`} has no "${params.missingProperty}"`;
  const value = instancePath
    .split('/')
    .slice(1)
    .reduce<unknown>((at, key) => memberOf(at, key.replaceAll('~1', '/').replaceAll('~0', '~')), document);
  const found = JSON.stringify(value)?.slice(0, 150);
  const why = keyword === 'pattern' && typeof value === 'string' ? digestFlaw(value) : wanted(error, message);
  return `${place === '' ? 'it' : `"${place}"`} is ${found}: ${why}`;
}

function wanted({ keyword, params }: SchemaError, message: string | undefined): string {
  if (keyword === 'const') return `it has to be ${JSON.stringify(params.allowedValue)}`;
  return `it ${message}`;
}

function memberOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string, unknown>)[key];
}

function refusal(what: string, why: string): ScError {
  return new ScError('SC_BAD_IMAGE', `read ${what}: ${why}`);
}
