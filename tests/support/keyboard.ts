import { eventually } from '@odst/testing';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { patienceMs } from './ui.ts';

type Focus = { readonly name: string; readonly tag: string; readonly isSeen: boolean };

/** What has the focus in the page, as its name is told, and whether that is seen. */
const readFocus = `(() => {
  const at = document.activeElement;
  if (at === null || at === document.body) return { name: '', tag: 'BODY', isSeen: true };
  const labelled = [...(at.labels ?? [])].map((label) => label.textContent).join(' ');
  const name = (at.getAttribute('aria-label') ?? (labelled || at.textContent)).trim();
  const hasRing = (element) => {
    if (element === null) return false;
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    return outlineStyle !== 'none' && outlineWidth !== '0px';
  };
  return { name, tag: at.tagName, isSeen: [at, at.nextElementSibling, at.parentElement].some(hasRing) };
})()`;

/** A person without a mouse. Wherever the focus goes, it is seen. */
export function keyboardOf(page: Page) {
  const read = async () => {
    const focus = await page.evaluate<Focus>(readFocus);
    if (focus.tag !== 'MAIN') expect(focus, 'where the focus is, is to be seen').toMatchObject({ isSeen: true });
    return focus;
  };
  const press = async (...keys: readonly string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  return {
    press,
    type: (text: string) => page.keyboard.type(text),
    /** Waits until what has this name has the focus. */
    holds: (name: string | RegExp, tag?: string) =>
      eventually(async () => {
        const focus = await page.evaluate<Focus>(readFocus);
        const isIt = typeof name === 'string' ? focus.name === name : name.test(focus.name);
        if (!isIt || (tag !== undefined && focus.tag !== tag)) throw new Error(`the focus is at ${focus.tag} ${focus.name}`);
        return true;
      }, patienceMs),
    /** Goes on by a key until what has this name has the focus: what is still loaded is there at the next time around. */
    async goTo(name: string, key = 'Tab') {
      const passed: string[] = [];
      const startedAt = performance.now();
      while (passed.length < 90 || performance.now() - startedAt < patienceMs) {
        const focus = await read();
        if (focus.name === name) return;
        passed.push(focus.name);
        await press(key);
      }
      throw new Error(`${name} is nowhere: ${passed.slice(-90).join(' · ')}`);
    },
  };
}
