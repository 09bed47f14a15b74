// Waits until an element is shown and keeps its place, scrolls it into view, and gives its middle in CSS pixels; null when
// it does not come to rest within ten seconds. Who clicks where a button has just been clicks something else.
async (selector) => {
  const until = performance.now() + 10_000;
  let before = "";
  while (performance.now() < until) {
    const target = document.querySelector(selector);
    target?.scrollIntoViewIfNeeded();
    const box = target?.getClientRects()[0];
    if (box?.width && box?.height) {
      const place = [box.x + box.width / 2, box.y + box.height / 2];
      if (place.join() === before) return place;
      before = place.join();
    }
    await new Promise((next) => setTimeout(next, 16));
  }
  return null;
}
