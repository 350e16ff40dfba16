import { type Document, LineCounter, type Node, parseAllDocuments, Schema, type YAMLError } from 'yaml';
import type { Problem } from '../errors/problem.ts';
import type { Complaint } from './finding.ts';
import { ParsedDocument } from './parsed-document.ts';
import { Places } from './places.ts';
import { readValues } from './read-values.ts';
import type { Variables } from './variables.ts';

const maxDocuments = 1000;

/** Reads every document of a text, strictly YAML 1.2. What belongs to no document is in `problems`. */
export function parseYaml(
  source: string,
  file: string,
  variables: Variables,
): { documents: ParsedDocument[]; problems: Problem[] } {
  const text = source.startsWith('\uFEFF') ? source.slice(1) : source;
  const flaw = /(?![\t\n\r\u0085])\p{Cc}|\r(?!\n)/u.exec(text);
  if (flaw) return { documents: [], problems: [characterProblem(text, flaw, file)] };

  const lineCounter = new LineCounter();
  const nodes = parseAllDocuments(text, {
    version: '1.2',
    // By its name each document would put it together anew, which takes longer than a short one takes to be read.
    schema: new Schema({ schema: 'core', resolveKnownTags: true, merge: false }),
    strict: true,
    merge: false,
    // Looked for while the values are read, which takes no time that grows with the square of the keys.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
    lineCounter,
  });
  const count = 'empty' in nodes ? 0 : nodes.length;
  if ('empty' in nodes || count > maxDocuments) {
    const found = { message: `found ${count || 'no'} documents`, expected: `1 to ${maxDocuments}` };
    return { documents: [], problems: [{ file, line: 1, column: 1, path: '', ...found }] };
  }
  const documents = nodes.map((node) => {
    const document = new ParsedDocument(file, new Places(lineCounter));
    readDocument(node, document, text, variables);
    return document;
  });
  return { documents, problems: [] };
}

function readDocument(
  node: Document.Parsed,
  document: ParsedDocument,
  text: string,
  variables: Variables,
): void {
  if (node.directives.yaml.explicit && node.directives.yaml.version !== '1.2') {
    const { version } = node.directives.yaml;
    document.addAt(text.lastIndexOf('%YAML', node.range[0]), '', {
      message: `found YAML ${version}`,
      expected: 'YAML 1.2',
    });
  }
  const errors = [...node.errors, ...node.warnings.filter(({ code }) => code !== 'TAG_RESOLVE_FAILED')];
  for (const error of withoutEchoes(errors, document.places)) {
    document.addAt(error.pos[0], '', syntaxComplaint(error, text));
  }
  // What follows an error may not be what was meant: of its values nothing can be said.
  if (errors.length > 0) return;
  if (node.contents === null || isNothing(node.contents)) {
    document.addAt(node.contents?.range?.[0] ?? node.range[0], '', { message: 'the document is empty' });
    return;
  }
  const { value, variablePaths, isWhole } = readValues(node.contents, {
    text,
    variables,
    places: document.places,
    report: (offset, path, complaint) => document.addAt(offset, path, complaint),
  });
  document.value = value;
  document.variablePaths = variablePaths;
  document.isWhole = isWhole;
}

function isNothing(node: Node): boolean {
  return 'source' in node && node.source === '' && 'value' in node && node.value === null && !node.tag;
}

/** Of one line the first, and nothing after the parser has lost its way: the rest would be echoes. */
function withoutEchoes(errors: readonly YAMLError[], places: Places): YAMLError[] {
  const sorted = errors.toSorted((left, right) => left.pos[0] - right.pos[0]);
  const lost = sorted.findIndex(({ code }) => code === 'UNEXPECTED_TOKEN');
  const lines = new Map<number, YAMLError>();
  for (const error of lost === -1 ? sorted : sorted.slice(0, lost + 1)) {
    const { line } = places.ofOffset(error.pos[0]);
    if (!lines.has(line)) lines.set(line, error);
  }
  return [...lines.values()];
}

function syntaxComplaint({ code, message, pos }: YAMLError, text: string): Complaint {
  if (code === 'RESOURCE_EXHAUSTION') return { message: 'nested too deeply' };
  if (text.startsWith('${', pos[0] - 1)) {
    return {
      message: 'found a variable without quotes inside of { } or [ ]',
      expected: `it in quotes, "\${NAME}"`,
    };
  }
  const [first = ''] = message.split('\n');
  return { message: `${first.charAt(0).toLowerCase()}${first.slice(1)}`.replace(/\.$/, '') };
}

function characterProblem(text: string, flaw: RegExpExecArray, file: string): Problem {
  const before = text.slice(0, flaw.index).split('\n');
  const [character] = flaw;
  const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  const message =
    character === '\r'
      ? 'found a carriage return without a line feed'
      : `found the control character U+${code}`;
  return { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1, path: '', message };
}
