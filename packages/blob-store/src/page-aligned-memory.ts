/** What is used of the interface that TypeScript knows among the browser's only. */
declare const WebAssembly: {
  readonly Memory: new (size: {
    readonly initial: number;
    readonly maximum: number;
    readonly shared: true;
  }) => { readonly buffer: SharedArrayBuffer };
};

/** A page of WebAssembly's memory (WebAssembly core specification §4.2.8). */
const pageBytes = 65_536;

/**
 * Memory that threads share and that begins at a page of the system, which writing past the page cache demands. Node aligns
 * its buffers to 8 or 16 bytes; of the memory of WebAssembly the engine needs whole pages. It is touched, and so counted, only
 * as it is used.
 * @param sizeBytes at least 1; the memory is as much longer as fills the last 64 KiB
 */
export function pageAlignedMemory(sizeBytes: number): SharedArrayBuffer {
  const pages = Math.ceil(sizeBytes / pageBytes);
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }).buffer;
}
