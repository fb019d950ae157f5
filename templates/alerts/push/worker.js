// Shows the messages that come by web push, and leads to the parcel's page. It intercepts nothing.
self.addEventListener("push", (event) => {
  const { title, body, link, tag, lang, dir } = event.data.json();
  event.waitUntil(self.registration.showNotification(title, { body, tag, lang, dir, renotify: true, data: { link } }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(show(event.notification.data.link));
});

async function show(link) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find((candidate) => new URL(candidate.url).pathname === new URL(link).pathname);
  return page ? page.focus() : self.clients.openWindow(link);
}
