export interface Drawing {
  /** Of the file, without its ending; it begins with `cache-`. */
  readonly name: string;
  /** What it shows, for those who do not see it. */
  readonly alt: string;
  /** One SVG document, with `footer` in its last line. */
  draw(footer: string): string;
}
