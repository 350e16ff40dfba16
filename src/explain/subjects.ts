import type { Definition, Schema, Schemas } from './definition.ts';
import { definition } from './definition.ts';

/** With what a path begins: a kind of document of a container file, or an operation. */
export interface Subject extends Definition {
  name: string;
  /** Whether it is a kind, of whose fields backends declare what they support. */
  isKind: boolean;
}

const CONTAINER_FILE = 'container-file.schema.json';

/** The kinds in the order of the container file's schema, then the requests of operations by their names. */
export function subjects(schemas: Schemas): Subject[] {
  return [...kinds(schemas), ...operations(schemas)];
}

/** A kind that has several forms, such as a Job with one process or with steps, is one subject. */
function kinds(schemas: Schemas): Subject[] {
  const { oneOf = [] } = schemas.get(CONTAINER_FILE) ?? {};
  const byKind = Map.groupBy(oneOf as Schema[], (reference) => {
    const { schema } = definition(schemas, reference, CONTAINER_FILE);
    return (schema.properties as { kind: { const: string } }).kind.const;
  });
  return [...byKind].map(([kind, forms]) => {
    const [first = {}] = forms;
    const { schema } = definition(schemas, first, CONTAINER_FILE);
    const { properties, required, ...words } = schema;
    const whole = forms.length === 1 ? schema : { ...words, anyOf: forms };
    return { name: kind.toLowerCase(), isKind: true, file: CONTAINER_FILE, schema: whole };
  });
}

function operations(schemas: Schemas): Subject[] {
  return [...schemas].flatMap(([file, { $defs = {}, description }]) => {
    const name = /^operations\/(.*)\.schema\.json$/.exec(file)?.[1];
    const request = Object.entries($defs as { [name: string]: Schema }).find(([key]) => isRequest(key, name));
    if (name === undefined || request === undefined || name === 'many') return [];
    return [
      {
        name,
        isKind: false,
        file,
        schema: { description, ...request[1], ...(description !== undefined && { description }) },
      },
    ];
  });
}

/** `ImageLoadRequest` of `image-load`. */
function isRequest(key: string, name = ''): boolean {
  return key.toLowerCase() === `${name.replaceAll('-', '')}request`;
}
