const scene = require('./model/scene');

App({
  /** @param {WechatMiniprogram.App.LaunchShowOption} options */
  onLaunch(options) {
    scene.keep(options.query && options.query.scene);
  },

  /** A warm start by a scanned code comes here only. @param {WechatMiniprogram.App.LaunchShowOption} options */
  onShow(options) {
    scene.keep(options.query && options.query.scene);
  },
});
