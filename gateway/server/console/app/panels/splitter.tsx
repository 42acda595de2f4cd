/** Divides the page's width between operation and answer; by pointer or by the arrow keys. */
import { useSignal } from "@preact/signals";

const smallest = 20;
const largest = 70;

export function Splitter({ label, property }: { readonly label: string; readonly property: string }) {
  /** Per cent of what both sides share. */
  const share = useSignal(50);
  const resize = (percent: number): void => {
    share.value = Math.min(largest, Math.max(smallest, Math.round(percent)));
    document.documentElement.style.setProperty(property, `${share.value}fr`);
    document.documentElement.style.setProperty(`${property}-rest`, `${100 - share.value}fr`);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "ArrowLeft") resize(share.value + 2);
    else if (event.key === "ArrowRight") resize(share.value - 2);
  };
  const onPointerMove = (event: PointerEvent & { currentTarget: HTMLElement }): void => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const left = event.currentTarget.previousElementSibling?.getBoundingClientRect().left ?? 0;
    const right = event.currentTarget.nextElementSibling?.getBoundingClientRect().right ?? innerWidth;
    resize(((right - event.clientX) / (right - left)) * 100);
  };
  return (
    // A separator that can be moved is a widget by the ARIA practices and takes the focus; an <hr> is none.
    // biome-ignore lint/a11y/useSemanticElements: see above
    <div
      class="splitter"
      role="separator"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={share.value}
      aria-valuemin={smallest}
      aria-valuemax={largest}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={onPointerMove}
    />
  );
}
