import { joinPath } from '../../document/path.ts';
import { filled } from '../filled.ts';
import type { Source } from './source.ts';

/** The label by which the Pods of a container are found. */
export const NAME_LABEL = 'app.kubernetes.io/name';

interface Texts {
  [name: string]: string;
}

/** Labels, and as annotations those whose text is too free for one. */
export function metadataOf(
  labels: Texts | undefined,
  source: Source,
): { labels?: Texts; annotations?: Texts } {
  const found: { labels: Texts; annotations: Texts } = { labels: {}, annotations: {} };
  for (const [name, text] of Object.entries(labels ?? {})) {
    const path = joinPath('labels', name);
    if (!isName(name)) source.note(path, 'a name of this form cannot be one there');
    else if (name === NAME_LABEL) source.note(path, 'the label is taken, as Pods are found by it');
    else if (isValue(text)) found.labels[name] = source.take(path, text);
    else found.annotations[name] = source.take(path, text);
  }
  return filled(found) ?? {};
}

/** Of a label or annotation, with the domain of who has thought of it in front. */
function isName(name: string): boolean {
  const [word = '', domain, ...more] = name.split('/').reverse();
  if (more.length > 0 || !/^(?=.{1,63}$)[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?$/.test(word)) return false;
  return (
    domain === undefined ||
    /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(domain)
  );
}

function isValue(text: string): boolean {
  return /^(?=.{0,63}$)([A-Za-z0-9]([\w.-]*[A-Za-z0-9])?)?$/.test(text);
}
