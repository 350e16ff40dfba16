import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { type Document, parseDocument, type YAMLMap } from 'yaml';
import { readSpecification } from '../src/conformance/specification/specification.ts';
import { hashOf } from '../src/conformance/specification/statement.ts';

/**
 * Writes into each case that is named the hashes of the sentences that it checks as they are now, and prints these: who
 * calls it says with it that he has read them.
 */
const root = dirname(import.meta.dirname);
const statements = new Map(readSpecification(root).statements.map((statement) => [statement.id, statement]));

for (const argument of process.argv.slice(2)) {
  const file = resolve(argument);
  const document: Document = parseDocument(readFileSync(file, 'utf8'));
  const { requirements = [] } = document.toJS() as { requirements?: string[] };
  const cited = requirements.map((id) => {
    const statement = statements.get(id);
    if (statement === undefined) throw new Error(`${argument}: there is no ${id}`);
    return statement;
  });
  const sentences = document.createNode(
    Object.fromEntries(cited.map((statement) => [statement.id, hashOf(statement)])),
  ) as YAMLMap;
  sentences.flow = true;
  document.set('sentences', sentences);
  writeFileSync(file, document.toString({ lineWidth: 120, flowCollectionPadding: true }));
  console.log(relative(join(root, 'conformance/cases'), file));
  for (const { id, level, profile, text } of cited) console.log(`  ${id} (${level}, ${profile}) ${text}`);
}
