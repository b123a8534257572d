/** An element and those that it is in, from the inside: a place that is still known when the element is gone. */
export type Place = readonly Element[];

/** Where the focus is. */
export function placeOfFocus(): Place {
  const place: Element[] = [];
  for (let at = document.activeElement; at !== null && at !== document.body; at = at.parentElement) place.push(at);
  return place;
}

/**
 * Gives the focus back to a place. Where the element is gone, or takes no focus any more, the nearest part of the page around it has it: there
 * what is marked by `data-focus-home`, or the part itself.
 */
export function focusPlace([element, ...around]: Place): void {
  if (element !== undefined && takesFocus(element)) {
    followIfGone(element, around);
    return;
  }
  for (const part of around) {
    if (!part.isConnected) continue;
    const homes = [...part.querySelectorAll('[data-focus-home]')];
    if ([...homes, part].some(takesFocus)) return;
  }
  const content = document.getElementById('content');
  if (content !== null) takesFocus(content);
}

/** What an act was begun at may go a moment after it, as it is not offered any more, and the focus with it. It ends when something else is focused. */
function followIfGone(element: Element, around: Place): void {
  const observer = new MutationObserver(() => {
    if (element.isConnected) return;
    end();
    if (document.activeElement === document.body) focusPlace([element, ...around]);
  });
  const end = () => {
    observer.disconnect();
    document.removeEventListener('focusin', end);
  };
  observer.observe(document.body, { childList: true, subtree: true });
  document.addEventListener('focusin', end);
}

function takesFocus(element: Element): boolean {
  if (!(element instanceof HTMLElement) || !element.isConnected) return false;
  element.focus({ preventScroll: true });
  return document.activeElement === element;
}
