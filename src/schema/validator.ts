/** One thing that a value has against a schema. */
export interface SchemaError {
  /** Name of the keyword, such as `required`. */
  keyword: string;
  /** JSON pointer of the value. */
  instancePath: string;
  /** JSON pointer of the keyword. */
  schemaPath: string;
  /** What the keyword says of the value; its form depends on the keyword. */
  params: Record<string, unknown>;
  /** A property's name, where the error is about the name itself. */
  propertyName?: string;
  message?: string;
  /** The part of the schema with the keyword, and the value: only of validators of the container file. */
  parentSchema?: Record<string, unknown>;
  data?: unknown;
}

/** A validator compiled ahead of time. After an answer of false `errors` has what is wrong. */
export interface Validator {
  (value: unknown): boolean;
  errors?: SchemaError[] | null;
}
