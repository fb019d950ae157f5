// Optional: keeps a page that stays open from telling old news. Everything works without it.
(() => {
  const MINUTE = 60_000;
  const openedAt = Date.now();
  const { nextCheck } = document.querySelector("[data-next-check]")?.dataset ?? {};

  // Nothing is pulled away from under a reader: not out of sight, not offline, not while a text is unfolded.
  const refresh = () => {
    if (document.hidden || !navigator.onLine || document.querySelector("details[open]")) return;
    location.reload();
  };

  document.addEventListener("visibilitychange", () => {
    if (Date.now() - openedAt > 5 * MINUTE) refresh();
  });

  const untilNews = Date.parse(nextCheck) + MINUTE - openedAt;
  if (untilNews > 0 && untilNews < 24 * 60 * MINUTE) setTimeout(refresh, Math.max(untilNews, 5 * MINUTE));
})();
