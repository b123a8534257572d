/** Something that a person is to know, in a title and a sentence: no error of the page, and none of the server. */
export class ToldError extends Error {
  readonly title: string;

  constructor(title: string, detail: string) {
    super(detail);
    this.title = title;
  }
}
