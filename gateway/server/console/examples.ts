/** One query that the console offers. */
export interface ExampleQuery {
  readonly title: string;
  /** What it shows, in a sentence. */
  readonly description: string;
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
}
