import { ScError } from '../../errors/error.ts';

const COMPONENT = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const HOST = '(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\\[[0-9a-fA-F:]+\\])(?::[0-9]{1,5})?';
const TAG = '[A-Za-z0-9_][A-Za-z0-9._-]{0,127}';
const FORM = new RegExp(`^((?:${HOST}/)?${COMPONENT}(?:/${COMPONENT})*)(?::(${TAG}))?$`);

/** Whoever gives these gives an ID: an image of that name would be taken for the one that is pinned. */
const DIGESTS = /^(?:sha256|[0-9a-f]{64})$/;

/** What any reader of names takes. */
const LONGEST = 255;

/** What a reference that begins so leads to, whoever has that name (`image:` of a container file). */
const OTHERS: readonly (readonly [beginning: string, what: string])[] = [
  ['host:', 'the machine itself'],
  ['oci:', 'an OCI image layout in a directory'],
  ['archive:', 'an archive in a file'],
];

/** Says that an image is to be named: a repository and its tag, which is `latest` where none is given. Throws SC_USAGE. */
export function fullName(text: string): string {
  const name = nameOrNothing(text);
  if (name === undefined)
    throw new ScError('SC_USAGE', `name an image ${JSON.stringify(text.slice(0, 300))}: it is no name`, {
      hint: 'small letters and digits with "/", ".", "_" and "-" between them, and a tag: web:1.0 or example.com/base/web:1.0',
    });
  const other = otherMeaning(name);
  if (other === undefined) return name;
  throw new ScError('SC_USAGE', `name an image "${text}": ${other}`, {
    hint: `another name, or something before it: my/${name}`,
  });
}

/** Why nobody could use an image by this full name; undefined where they can. */
export function otherMeaning(name: string): string | undefined {
  const [beginning, what] = OTHERS.find(([beginning]) => name.startsWith(beginning)) ?? [];
  const word = beginning === 'host:' ? 'host' : beginning;
  return what === undefined ? undefined : `"${word}" stands for ${what} where an image is used`;
}

/** The same, or undefined for what is no name. */
export function nameOrNothing(text: string): string | undefined {
  const [, repository, tag = 'latest'] = (text.length <= LONGEST && FORM.exec(text)) || [];
  return repository === undefined || DIGESTS.test(repository) ? undefined : `${repository}:${tag}`;
}
