DROP TABLE cases;
DROP TABLE refunds;
DROP TABLE wechat_notifies;
DROP TABLE payments;
