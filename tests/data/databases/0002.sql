BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0002');
CREATE TABLE clients (
	id TEXT NOT NULL, 
	body TEXT NOT NULL, 
	CONSTRAINT pk_clients PRIMARY KEY (id)
);
INSERT INTO "clients" VALUES('06h2w6x52heh6y1nkfxb','{"id":"06h2w6x52heh6y1nkfxb","name":"Анна","username":"anna","created_at":"2026-11-23T12:00:00Z","facts":{},"quarantined":false,"named_by_desk":false,"addresses":[],"chat":null,"prefers":"last","codes_sent":[]}');
INSERT INTO "clients" VALUES('06h2w6x5w0xnsxnbnrcs','{"id":"06h2w6x5w0xnsxnbnrcs","name":"John","username":null,"created_at":"2026-11-23T12:00:00Z","facts":{},"quarantined":false,"named_by_desk":false,"addresses":[],"chat":null,"prefers":"last","codes_sent":[]}');
INSERT INTO "clients" VALUES('06h2w6x5xkh5wpak8714','{"id":"06h2w6x5xkh5wpak8714","name":"Мария","username":null,"created_at":"2026-11-23T12:00:00Z","facts":{},"quarantined":false,"named_by_desk":false,"addresses":[],"chat":null,"prefers":"last","codes_sent":[]}');
INSERT INTO "clients" VALUES('06h2w6x6r44yy675mzsg','{"id":"06h2w6x6r44yy675mzsg","name":"Олег","username":null,"created_at":"2026-11-23T12:05:00Z","facts":{},"quarantined":false,"named_by_desk":false,"addresses":[],"chat":null,"prefers":"last","codes_sent":[]}');
CREATE TABLE contacts (
	seq INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	body TEXT NOT NULL, 
	CONSTRAINT pk_contacts PRIMARY KEY (seq)
);
INSERT INTO "contacts" VALUES(1,1795435200000000,'{"conversation":"06h2w6x52jec61a8wg5n","at":"2026-11-23T12:00:00Z","outcome":"none","text":"не работает интернет, договор 123456","entry":null,"suggested":[],"language":"ru"}');
INSERT INTO "contacts" VALUES(2,1795435200000000,'{"conversation":"06h2w6x5xkh6hngqbeaa","at":"2026-11-23T12:00:00Z","outcome":"none","text":"Помогите\nНе работает интернет, договор 654321","entry":null,"suggested":[],"language":"ru"}');
INSERT INTO "contacts" VALUES(3,1795435500000000,'{"conversation":"06h2w6x6r5y80412aeh1","at":"2026-11-23T12:05:00Z","outcome":"none","text":"не работает интернет, договор 777777","entry":null,"suggested":[],"language":"ru"}');
CREATE TABLE "conversations" (
	id TEXT NOT NULL, 
	channel TEXT NOT NULL, 
	chat TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	body TEXT NOT NULL, 
	exchange TEXT NOT NULL, 
	client TEXT NOT NULL, 
	CONSTRAINT pk_conversations PRIMARY KEY (id), 
	CONSTRAINT uq_conversations_channel_chat_exchange UNIQUE (channel, chat, exchange)
);
INSERT INTO "conversations" VALUES('06h2w6x52jec61a8wg5n','telegram','1003',1,'{"id":"06h2w6x52jec61a8wg5n","client":"06h2w6x52heh6y1nkfxb","address":{"channel":"telegram","chat":"1003","thread":null},"language":"ru","language_chosen":false,"waiting":{"type":"idle"},"problem":[],"tried":[],"problem_at":null,"follows":null,"current_ticket":1,"with_bot":false,"unreachable_since":null,"told_closed_until":null,"letters":null,"version":1}','','06h2w6x52heh6y1nkfxb');
INSERT INTO "conversations" VALUES('06h2w6x5w0xpmnnkwnpg','telegram','1004',1,'{"id":"06h2w6x5w0xpmnnkwnpg","client":"06h2w6x5w0xnsxnbnrcs","address":{"channel":"telegram","chat":"1004","thread":null},"language":"en","language_chosen":false,"waiting":{"type":"idle"},"problem":[],"tried":[],"problem_at":null,"follows":null,"current_ticket":null,"with_bot":false,"unreachable_since":null,"told_closed_until":null,"letters":null,"version":1}','','06h2w6x5w0xnsxnbnrcs');
INSERT INTO "conversations" VALUES('06h2w6x5xkh6hngqbeaa','email','maria@client.example',2,'{"id":"06h2w6x5xkh6hngqbeaa","client":"06h2w6x5xkh5wpak8714","address":{"channel":"email","chat":"maria@client.example","thread":"06h2w6x5xkh6hngqbeaa"},"language":"ru","language_chosen":false,"waiting":{"type":"idle"},"problem":[],"tried":[],"problem_at":null,"follows":null,"current_ticket":2,"with_bot":false,"unreachable_since":null,"told_closed_until":null,"letters":{"subject":"Помогите","mailbox":"support@example.com","references":["<1.maria@client.example>"],"last":"06h2w6x5xkh79s8f5v7e","answered":false,"suspicious":false,"looks_like":null,"offered":[{"handle":"ticket:2:06h2w6x6wsx5t3ke9v7a","choices":[{"label":"Да, решено","action":"c:solved:2:0"},{"label":"Нет, не решено","action":"c:unsolved:2:0"}]}],"automatic":["2026-11-23T12:00:00Z"],"silent_until":null,"machines_only":false,"ticket":null},"version":2}','06h2w6x5xkh6hngqbeaa','06h2w6x5xkh5wpak8714');
INSERT INTO "conversations" VALUES('day-book-email','email','',1,'{"id":"day-book-email","client":"","address":{"channel":"email","chat":"","thread":"day-book-email"},"language":"","language_chosen":false,"waiting":{"type":"idle"},"problem":[],"tried":[],"problem_at":null,"follows":null,"current_ticket":null,"with_bot":false,"unreachable_since":null,"told_closed_until":null,"letters":{"subject":"","mailbox":null,"references":[],"last":null,"answered":false,"suspicious":false,"looks_like":null,"offered":[],"automatic":["2026-11-23T12:00:00Z"],"silent_until":null,"machines_only":false,"ticket":null},"version":1}','day-book-email','');
INSERT INTO "conversations" VALUES('06h2w6x6r5y80412aeh1','telegram','1005',1,'{"id":"06h2w6x6r5y80412aeh1","client":"06h2w6x6r44yy675mzsg","address":{"channel":"telegram","chat":"1005","thread":null},"language":"ru","language_chosen":false,"waiting":{"type":"idle"},"problem":[],"tried":[],"problem_at":null,"follows":null,"current_ticket":3,"with_bot":false,"unreachable_since":null,"told_closed_until":null,"letters":null,"version":1}','','06h2w6x6r44yy675mzsg');
CREATE TABLE cursors (
	channel TEXT NOT NULL, 
	source TEXT NOT NULL, 
	position TEXT NOT NULL, 
	CONSTRAINT pk_cursors PRIMARY KEY (channel, source)
);
INSERT INTO "cursors" VALUES('email','INBOX','7:42');
CREATE TABLE holds (
	channel TEXT NOT NULL, 
	chat TEXT NOT NULL, 
	paused_until BIGINT, 
	parked TEXT, 
	CONSTRAINT pk_holds PRIMARY KEY (channel, chat)
);
INSERT INTO "holds" VALUES('telegram','4711',1795439100000000,NULL);
INSERT INTO "holds" VALUES('telegram','-1002000000002',NULL,'bot was kicked');
CREATE TABLE identities (
	channel TEXT NOT NULL, 
	chat TEXT NOT NULL, 
	client TEXT NOT NULL, 
	proven_at BIGINT NOT NULL, 
	CONSTRAINT pk_identities PRIMARY KEY (channel, chat)
);
CREATE TABLE inbox (
	id INTEGER NOT NULL, 
	channel TEXT NOT NULL, 
	external_id TEXT NOT NULL, 
	order_key TEXT NOT NULL, 
	album TEXT, 
	state TEXT NOT NULL, 
	due BIGINT NOT NULL, 
	accepted_at BIGINT NOT NULL, 
	attempts INTEGER NOT NULL, 
	error TEXT NOT NULL, 
	body TEXT, 
	CONSTRAINT pk_inbox PRIMARY KEY (id), 
	CONSTRAINT uq_inbox_channel_external_id UNIQUE (channel, external_id)
);
INSERT INTO "inbox" VALUES(1,'telegram','m:1003:1','telegram:1003:',NULL,'done',1795435200000000,1795435200000000,0,'',NULL);
INSERT INTO "inbox" VALUES(2,'telegram','cb:4000000000000001','telegram:-1002000000001:2',NULL,'done',1795435200000000,1795435200000000,0,'',NULL);
INSERT INTO "inbox" VALUES(3,'telegram','m:-1002000000001:6','telegram:-1002000000001:2',NULL,'done',1795435200000000,1795435200000000,0,'',NULL);
INSERT INTO "inbox" VALUES(4,'telegram','m:1003:5','telegram:1003:',NULL,'done',1795435200000000,1795435200000000,0,'',NULL);
INSERT INTO "inbox" VALUES(5,'telegram','m:-1002000000001:7','telegram:-1002000000001:2',NULL,'done',1795435200000000,1795435200000000,0,'',NULL);
INSERT INTO "inbox" VALUES(6,'telegram','m:1004:6','telegram:1004:',NULL,'done',1795435200000000,1795435200000000,0,'',NULL);
INSERT INTO "inbox" VALUES(7,'email','<1.maria@client.example>','email:maria@client.example:',NULL,'done',1795435200000000,1795435200000000,0,'',NULL);
INSERT INTO "inbox" VALUES(8,'telegram','m:-1002000000001:13','telegram:-1002000000001:2',NULL,'done',1795435500000000,1795435500000000,0,'',NULL);
INSERT INTO "inbox" VALUES(9,'telegram','m:-1002000000001:15','telegram:-1002000000001:2',NULL,'done',1795435500000000,1795435500000000,0,'',NULL);
INSERT INTO "inbox" VALUES(10,'telegram','m:1005:10','telegram:1005:',NULL,'done',1795435500000000,1795435500000000,0,'',NULL);
INSERT INTO "inbox" VALUES(11,'telegram','m:-1002000000001:17','telegram:-1002000000001:9',NULL,'done',1795435500000000,1795435500000000,0,'',NULL);
INSERT INTO "inbox" VALUES(12,'telegram','waiting-1','telegram:101:',NULL,'waiting',1795435500000000,1795435500000000,0,'','{"channel":"telegram","external_id":"waiting-1","address":{"channel":"telegram","chat":"101","thread":null},"private":true,"sender":{"id":"101","name":"Анна","username":null,"language":null,"anonymous":false},"at":"2026-11-23T12:00:00Z","event":{"type":"said","message":"waiting-1","content":{"text":{"text":"hi","spans":[]},"parts":[],"source":[],"forwarded_from":null,"protected":false},"reply_to":null,"quote":{"text":"","spans":[]},"album":null,"letter":null}}');
CREATE TABLE links (
	seq INTEGER NOT NULL, 
	channel TEXT NOT NULL, 
	chat TEXT NOT NULL, 
	message TEXT NOT NULL, 
	handle TEXT NOT NULL, 
	thread TEXT, 
	current BOOLEAN NOT NULL, 
	CONSTRAINT pk_links PRIMARY KEY (seq), 
	CONSTRAINT uq_links_channel_chat_message_handle UNIQUE (channel, chat, message, handle)
);
INSERT INTO "links" VALUES(1,'telegram','1003','1','06h2w6x52jecgk8z5fj8',NULL,1);
INSERT INTO "links" VALUES(2,'telegram','1003','2','ticket:1:06h2w6x54x80r40x2dab',NULL,1);
INSERT INTO "links" VALUES(3,'telegram','-1002000000001','3','card:1@tech','2',1);
INSERT INTO "links" VALUES(4,'telegram','-1002000000001','5','06h2w6x52jecgk8z5fj8','2',1);
INSERT INTO "links" VALUES(5,'telegram','1003','3','ticket:1:06h2w6x5fs36hknxv8f8',NULL,1);
INSERT INTO "links" VALUES(6,'telegram','-1002000000001','6','06h2w6x5kpda154yzepv',NULL,1);
INSERT INTO "links" VALUES(7,'telegram','1003','4','06h2w6x5kpda154yzepv',NULL,1);
INSERT INTO "links" VALUES(8,'telegram','1003','5','06h2w6x5s04sqb5vhtkr',NULL,1);
INSERT INTO "links" VALUES(9,'telegram','-1002000000001','7','06h2w6x5s49fmzt778b8',NULL,1);
INSERT INTO "links" VALUES(10,'telegram','-1002000000001','8','06h2w6x5s04sqb5vhtkr','2',1);
INSERT INTO "links" VALUES(11,'telegram','1004','6','06h2w6x5w0xq4arhp41c',NULL,1);
INSERT INTO "links" VALUES(12,'email','maria@client.example','<1.maria@client.example>','06h2w6x5xkh79s8f5v7e',NULL,1);
INSERT INTO "links" VALUES(13,'email','maria@client.example','<06h2w6x5zq829p1vmwc7.06h2w6x5xkh6hngqbeaa.3da8fb1d859a@example.com>','ticket:2:06h2w6x5zdyjtzh2jn8j',NULL,1);
INSERT INTO "links" VALUES(14,'telegram','-1002000000001','10','card:2@tech','9',1);
INSERT INTO "links" VALUES(15,'telegram','-1002000000001','12','06h2w6x5xkh79s8f5v7e','9',1);
INSERT INTO "links" VALUES(16,'telegram','-1002000000001','13','06h2w6x6809rkvr6rrnv',NULL,1);
INSERT INTO "links" VALUES(17,'telegram','-1002000000001','14','line:1@tech:06h2w6x69k4a1tqk5vg9','2',1);
INSERT INTO "links" VALUES(18,'telegram','-1002000000001','15','06h2w6x6bpz950ss22zv',NULL,1);
INSERT INTO "links" VALUES(19,'telegram','-1002000000001','16','line:1@tech:06h2w6x6cna6t3cc76gh','2',1);
INSERT INTO "links" VALUES(20,'telegram','1005','10','06h2w6x6r5y8bqw452wx',NULL,1);
INSERT INTO "links" VALUES(21,'telegram','1005','11','ticket:3:06h2w6x6rq3n901esn3v',NULL,1);
INSERT INTO "links" VALUES(22,'email','maria@client.example','<06h2w6x6x516cbncn3h1.06h2w6x5xkh6hngqbeaa.3c921647c9e6@example.com>','ticket:2:06h2w6x6wsx5t3ke9v7a',NULL,1);
INSERT INTO "links" VALUES(23,'telegram','-1002000000001','19','card:3@tech','18',1);
INSERT INTO "links" VALUES(24,'telegram','-1002000000001','21','06h2w6x6r5y8bqw452wx','18',1);
INSERT INTO "links" VALUES(25,'telegram','-1002000000001','22','line:2@tech:06h2w6x6wv6jwwv2dgsq','9',1);
INSERT INTO "links" VALUES(26,'telegram','-1002000000001','crowded','crowded',NULL,1);
INSERT INTO "links" VALUES(27,'email','maria@client.example','late:x1','late:x1',NULL,1);
CREATE TABLE messages (
	seq INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	conversation TEXT NOT NULL, 
	ticket BIGINT, 
	body TEXT NOT NULL, 
	CONSTRAINT pk_messages PRIMARY KEY (seq), 
	CONSTRAINT uq_messages_id UNIQUE (id)
);
INSERT INTO "messages" VALUES(1,'06h2w6x52jecgk8z5fj8','06h2w6x52jec61a8wg5n',1,'{"id":"06h2w6x52jecgk8z5fj8","conversation":"06h2w6x52jec61a8wg5n","ticket":1,"kind":"client","author":{"kind":"client","id":"telegram:1003","name":"Анна"},"content":{"text":{"text":"не работает интернет, договор 123456","spans":[]},"parts":[],"source":[{"channel":"telegram","chat":"1003","id":"1"}],"forwarded_from":null,"protected":false},"at":"2026-11-23T12:00:00Z","reply_to":null,"quote":{"text":"","spans":[]},"recalled":false,"side_thread":null,"envelope":null}');
INSERT INTO "messages" VALUES(2,'06h2w6x5kpda154yzepv','06h2w6x52jec61a8wg5n',1,'{"id":"06h2w6x5kpda154yzepv","conversation":"06h2w6x52jec61a8wg5n","ticket":1,"kind":"reply","author":{"kind":"specialist","id":"telegram:1001","name":"Борис"},"content":{"text":{"text":"Смотрю, какая модель роутера?","spans":[]},"parts":[],"source":[{"channel":"telegram","chat":"-1002000000001","id":"6"}],"forwarded_from":null,"protected":false},"at":"2026-11-23T12:00:00Z","reply_to":null,"quote":{"text":"","spans":[]},"recalled":false,"side_thread":null,"envelope":null}');
INSERT INTO "messages" VALUES(3,'06h2w6x5s04sqb5vhtkr','06h2w6x52jec61a8wg5n',1,'{"id":"06h2w6x5s04sqb5vhtkr","conversation":"06h2w6x52jec61a8wg5n","ticket":1,"kind":"client","author":{"kind":"client","id":"telegram:1003","name":"Анна"},"content":{"text":{"text":"Keenetic Air","spans":[]},"parts":[],"source":[{"channel":"telegram","chat":"1003","id":"5"}],"forwarded_from":null,"protected":false},"at":"2026-11-23T12:00:00Z","reply_to":null,"quote":{"text":"","spans":[]},"recalled":false,"side_thread":null,"envelope":null}');
INSERT INTO "messages" VALUES(4,'06h2w6x5s49fmzt778b8','06h2w6x52jec61a8wg5n',1,'{"id":"06h2w6x5s49fmzt778b8","conversation":"06h2w6x52jec61a8wg5n","ticket":1,"kind":"note","author":{"kind":"specialist","id":"telegram:1001","name":"Борис"},"content":{"text":{"text":"похоже на порт","spans":[]},"parts":[],"source":[{"channel":"telegram","chat":"-1002000000001","id":"7"}],"forwarded_from":null,"protected":false},"at":"2026-11-23T12:00:00Z","reply_to":null,"quote":{"text":"","spans":[]},"recalled":false,"side_thread":null,"envelope":null}');
INSERT INTO "messages" VALUES(5,'06h2w6x5w0xq4arhp41c','06h2w6x5w0xpmnnkwnpg',NULL,'{"id":"06h2w6x5w0xq4arhp41c","conversation":"06h2w6x5w0xpmnnkwnpg","ticket":null,"kind":"client","author":{"kind":"client","id":"telegram:1004","name":"John"},"content":{"text":{"text":"hello","spans":[]},"parts":[],"source":[{"channel":"telegram","chat":"1004","id":"6"}],"forwarded_from":null,"protected":false},"at":"2026-11-23T12:00:00Z","reply_to":null,"quote":{"text":"","spans":[]},"recalled":false,"side_thread":null,"envelope":null}');
INSERT INTO "messages" VALUES(6,'06h2w6x5xkh79s8f5v7e','06h2w6x5xkh6hngqbeaa',2,'{"id":"06h2w6x5xkh79s8f5v7e","conversation":"06h2w6x5xkh6hngqbeaa","ticket":2,"kind":"client","author":{"kind":"client","id":"email:maria@client.example","name":"Мария"},"content":{"text":{"text":"Не работает интернет, договор 654321","spans":[]},"parts":[],"source":[{"channel":"email","chat":"maria@client.example","id":"<1.maria@client.example>"}],"forwarded_from":null,"protected":false},"at":"2026-11-23T12:00:00Z","reply_to":null,"quote":{"text":"","spans":[]},"recalled":false,"side_thread":null,"envelope":{"subject":"Помогите","quoted":"","original":"","warnings":[],"automatic":null}}');
INSERT INTO "messages" VALUES(7,'06h2w6x6809rkvr6rrnv','06h2w6x52jec61a8wg5n',1,'{"id":"06h2w6x6809rkvr6rrnv","conversation":"06h2w6x52jec61a8wg5n","ticket":1,"kind":"reply","author":{"kind":"specialist","id":"telegram:1001","name":"Борис"},"content":{"text":{"text":"Перезагрузите роутер","spans":[]},"parts":[],"source":[{"channel":"telegram","chat":"-1002000000001","id":"13"}],"forwarded_from":null,"protected":false},"at":"2026-11-23T12:05:00Z","reply_to":null,"quote":{"text":"","spans":[]},"recalled":false,"side_thread":null,"envelope":null}');
INSERT INTO "messages" VALUES(8,'06h2w6x6bpz950ss22zv','06h2w6x52jec61a8wg5n',1,'{"id":"06h2w6x6bpz950ss22zv","conversation":"06h2w6x52jec61a8wg5n","ticket":1,"kind":"reply","author":{"kind":"specialist","id":"telegram:1001","name":"Борис"},"content":{"text":{"text":"Это ждёт","spans":[]},"parts":[],"source":[{"channel":"telegram","chat":"-1002000000001","id":"15"}],"forwarded_from":null,"protected":false},"at":"2026-11-23T12:05:00Z","reply_to":null,"quote":{"text":"","spans":[]},"recalled":false,"side_thread":null,"envelope":null}');
INSERT INTO "messages" VALUES(9,'06h2w6x6r5y8bqw452wx','06h2w6x6r5y80412aeh1',3,'{"id":"06h2w6x6r5y8bqw452wx","conversation":"06h2w6x6r5y80412aeh1","ticket":3,"kind":"client","author":{"kind":"client","id":"telegram:1005","name":"Олег"},"content":{"text":{"text":"не работает интернет, договор 777777","spans":[]},"parts":[],"source":[{"channel":"telegram","chat":"1005","id":"10"}],"forwarded_from":null,"protected":false},"at":"2026-11-23T12:05:00Z","reply_to":null,"quote":{"text":"","spans":[]},"recalled":false,"side_thread":null,"envelope":null}');
CREATE TABLE moved_chats (
	channel TEXT NOT NULL, 
	chat TEXT NOT NULL, 
	now_chat TEXT NOT NULL, 
	CONSTRAINT pk_moved_chats PRIMARY KEY (channel, chat)
);
CREATE TABLE outbox (
	seq INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	order_key TEXT NOT NULL, 
	position BIGINT NOT NULL, 
	urgency SMALLINT NOT NULL, 
	state TEXT NOT NULL, 
	due BIGINT NOT NULL, 
	channel TEXT NOT NULL, 
	chat TEXT NOT NULL, 
	room_ticket BIGINT, 
	room_desk TEXT, 
	handle TEXT, 
	target TEXT, 
	enqueued_at BIGINT NOT NULL, 
	attempts INTEGER NOT NULL, 
	owner TEXT NOT NULL, 
	started_at BIGINT, 
	error TEXT NOT NULL, 
	arrived TEXT NOT NULL, 
	body TEXT, 
	receipt TEXT, 
	CONSTRAINT pk_outbox PRIMARY KEY (seq), 
	CONSTRAINT uq_outbox_id UNIQUE (id)
);
INSERT INTO "outbox" VALUES(1,'06h2w6x56txexd5af6w9','1@tech',0,1,'delivered',1795435200000000,'telegram','-1002000000001',1,'tech','card:1@tech',NULL,1795435200000000,2,'6d5b66e61c9b7028',1795435200000000,'','[]',NULL,'{"at":"2026-11-30T20:18:13.486219Z","messages":["3"],"thread":"2","left_out":[],"crowded":false}');
INSERT INTO "outbox" VALUES(2,'06h2w6x57cp2ecsmym6h','1@tech',0,0,'delivered',1795435200000000,'telegram','-1002000000001',1,'tech','06h2w6x52jecgk8z5fj8',NULL,1795435200000000,1,'6d5b66e61c9b7028',1795435200000000,'','[]',NULL,'{"at":"2026-11-30T20:18:13.500891Z","messages":["5"],"thread":"2","left_out":[],"crowded":false}');
INSERT INTO "outbox" VALUES(3,'06h2w6x57j6qtcs1t8mm','telegram:1003:',0,0,'delivered',1795435200000000,'telegram','1003',NULL,NULL,'ticket:1:06h2w6x54x80r40x2dab',NULL,1795435200000000,1,'6d5b66e61c9b7028',1795435200000000,'','[]',NULL,'{"at":"2026-11-30T20:18:13.457212Z","messages":["2"],"thread":null,"left_out":[],"crowded":false}');
INSERT INTO "outbox" VALUES(4,'06h2w6x5g2c7381z6x5y','telegram:1003:',0,1,'delivered',1795435200000000,'telegram','1003',NULL,NULL,'ticket:1:06h2w6x5fs36hknxv8f8',NULL,1795435200000000,1,'6d5b66e61c9b7028',1795435200000000,'','[]',NULL,'{"at":"2026-11-30T20:18:13.513550Z","messages":["3"],"thread":null,"left_out":[],"crowded":false}');
INSERT INTO "outbox" VALUES(5,'06h2w6x5g7h9bja6s5we','1@tech',0,2,'delivered',1795435200000000,'telegram','-1002000000001',1,'tech',NULL,'card:1@tech',1795435200000000,1,'6d5b66e61c9b7028',1795435200000000,'','[]',NULL,'{"at":"2026-11-30T20:18:13.537534Z","messages":["3"],"thread":"2","left_out":[],"crowded":false}');
INSERT INTO "outbox" VALUES(6,'06h2w6x5g7h9n27emtb4','telegram:-1002000000001:2',0,0,'delivered',1795435200000000,'telegram','-1002000000001',NULL,NULL,NULL,NULL,1795435200000000,1,'6d5b66e61c9b7028',1795435200000000,'','[]',NULL,'{"at":"2026-11-30T20:18:13.517943Z","messages":[],"thread":"2","left_out":[],"crowded":false}');
INSERT INTO "outbox" VALUES(7,'06h2w6x5kvdn6ye0h0yw','telegram:1003:',0,0,'delivered',1795435200000000,'telegram','1003',NULL,NULL,'06h2w6x5kpda154yzepv',NULL,1795435200000000,1,'6d5b66e61c9b7028',1795435200000000,'','[]',NULL,'{"at":"2026-11-30T20:18:13.553861Z","messages":["4"],"thread":null,"left_out":[],"crowded":false}');
INSERT INTO "outbox" VALUES(8,'06h2w6x5qzdhjrs2k35f','telegram:-1002000000001:',0,2,'delivered',1795435200000000,'telegram','-1002000000001',NULL,NULL,NULL,NULL,1795435200000000,1,'6d5b66e61c9b7028',1795435200000000,'','[]',NULL,'{"at":"2026-11-30T20:18:13.580875Z","messages":[],"thread":null,"left_out":[],"crowded":false}');
INSERT INTO "outbox" VALUES(9,'06h2w6x5s3pb18mng5yn','1@tech',0,0,'delivered',1795435200000000,'telegram','-1002000000001',1,'tech','06h2w6x5s04sqb5vhtkr',NULL,1795435200000000,1,'6d5b66e61c9b7028',1795435200000000,'','[]',NULL,'{"at":"2026-11-30T20:18:13.592248Z","messages":["8"],"thread":"2","left_out":[],"crowded":false}');
INSERT INTO "outbox" VALUES(10,'06h2w6x5s5pwzjht61k8','telegram:-1002000000001:2',0,2,'delivered',1795435200000000,'telegram','-1002000000001',NULL,NULL,NULL,NULL,1795435200000000,1,'6d5b66e61c9b7028',1795435200000000,'','[]',NULL,'{"at":"2026-11-30T20:18:13.596369Z","messages":[],"thread":"2","left_out":[],"crowded":false}');
INSERT INTO "outbox" VALUES(11,'06h2w6x5w7cdm90acw9r','telegram:1004:',0,0,'delivered',1795435200000000,'telegram','1004',NULL,NULL,NULL,NULL,1795435200000000,1,'6d5b66e61c9b7028',1795435200000000,'','[]',NULL,'{"at":"2026-11-30T20:18:13.604919Z","messages":["7"],"thread":null,"left_out":[],"crowded":false}');
INSERT INTO "outbox" VALUES(12,'06h2w6x5zh4s8ayx36ej','2@tech',0,1,'delivered',1795435200000000,'telegram','-1002000000001',2,'tech','card:2@tech',NULL,1795435200000000,2,'6d5b66e61c9b7028',1795435200000000,'','[]',NULL,'{"at":"2026-11-30T20:18:13.681544Z","messages":["10"],"thread":"9","left_out":[],"crowded":false}');
INSERT INTO "outbox" VALUES(13,'06h2w6x5zq4gnsdmr7cj','2@tech',0,0,'delivered',1795435200000000,'telegram','-1002000000001',2,'tech','06h2w6x5xkh79s8f5v7e',NULL,1795435200000000,1,'6d5b66e61c9b7028',1795435200000000,'','[]',NULL,'{"at":"2026-11-30T20:18:13.688635Z","messages":["12"],"thread":"9","left_out":[],"crowded":false}');
INSERT INTO "outbox" VALUES(14,'06h2w6x5zq829p1vmwc7','email:maria@client.example:06h2w6x5xkh6hngqbeaa',0,0,'delivered',1795435200000000,'email','maria@client.example',NULL,NULL,'ticket:2:06h2w6x5zdyjtzh2jn8j',NULL,1795435200000000,1,'6d5b66e61c9b7028',1795435200000000,'','[]',NULL,'{"at":"2026-11-23T12:00:00Z","messages":["<06h2w6x5zq829p1vmwc7.06h2w6x5xkh6hngqbeaa.3da8fb1d859a@example.com>"],"thread":null,"left_out":[],"crowded":false}');
INSERT INTO "outbox" VALUES(15,'06h2w6x6809s9h4d2bfg','telegram:1003:',0,0,'uncertain',1795435500000000,'telegram','1003',NULL,NULL,'06h2w6x6809rkvr6rrnv',NULL,1795435500000000,1,'6d5b66e61c9b7028',1795435500000000,'ServerDisconnectedError: Server disconnected','[]','{"to":{"channel":"telegram","chat":"1003","thread":null},"action":{"type":"say","content":{"text":{"text":"Перезагрузите роутер","spans":[]},"parts":[],"source":[{"channel":"telegram","chat":"-1002000000001","id":"13"}],"forwarded_from":null,"protected":false},"keyboard":null,"handle":"06h2w6x6809rkvr6rrnv","reply_to":null,"pin":false,"silent":false,"merge":false,"letterhead":null},"urgency":0,"conversation":"06h2w6x52jec61a8wg5n","origin":{"channel":"telegram","chat":"-1002000000001","message":"13","room":"1@tech"},"resend_if_uncertain":false,"only_unheld":false,"front":false}',NULL);
INSERT INTO "outbox" VALUES(16,'06h2w6x699xy6d59jm8h','telegram:-1002000000001:',0,2,'delivered',1795435500000000,'telegram','-1002000000001',NULL,NULL,NULL,NULL,1795435500000000,1,'6d5b66e61c9b7028',1795435500000000,'','[]',NULL,'{"at":"2026-11-30T20:18:13.715718Z","messages":[],"thread":null,"left_out":[],"crowded":false}');
INSERT INTO "outbox" VALUES(17,'06h2w6x69k4avcp0pxf3','1@tech',0,1,'delivered',1795435500000000,'telegram','-1002000000001',1,'tech','line:1@tech:06h2w6x69k4a1tqk5vg9',NULL,1795435500000000,1,'6d5b66e61c9b7028',1795435500000000,'','[]',NULL,'{"at":"2026-11-30T20:18:13.712612Z","messages":["14"],"thread":"2","left_out":[],"crowded":false}');
INSERT INTO "outbox" VALUES(18,'06h2w6x6btwvx5b2mzg9','telegram:1003:',0,0,'uncertain',1795435500000000,'telegram','1003',NULL,NULL,'06h2w6x6bpz950ss22zv',NULL,1795435500000000,1,'6d5b66e61c9b7028',1795435500000000,'ServerDisconnectedError: Server disconnected','[]','{"to":{"channel":"telegram","chat":"1003","thread":null},"action":{"type":"say","content":{"text":{"text":"Это ждёт","spans":[]},"parts":[],"source":[{"channel":"telegram","chat":"-1002000000001","id":"15"}],"forwarded_from":null,"protected":false},"keyboard":null,"handle":"06h2w6x6bpz950ss22zv","reply_to":null,"pin":false,"silent":false,"merge":false,"letterhead":null},"urgency":0,"conversation":"06h2w6x52jec61a8wg5n","origin":{"channel":"telegram","chat":"-1002000000001","message":"15","room":"1@tech"},"resend_if_uncertain":false,"only_unheld":false,"front":false}',NULL);
INSERT INTO "outbox" VALUES(19,'06h2w6x6cjvw5qaqs86j','telegram:-1002000000001:',0,2,'delivered',1795435500000000,'telegram','-1002000000001',NULL,NULL,NULL,NULL,1795435500000000,1,'6d5b66e61c9b7028',1795435500000000,'','[]',NULL,'{"at":"2026-11-30T20:18:13.800139Z","messages":[],"thread":null,"left_out":[],"crowded":false}');
INSERT INTO "outbox" VALUES(20,'06h2w6x6cqx00g7mz4j1','1@tech',0,1,'delivered',1795435500000000,'telegram','-1002000000001',1,'tech','line:1@tech:06h2w6x6cna6t3cc76gh',NULL,1795435500000000,1,'6d5b66e61c9b7028',1795435500000000,'','[]',NULL,'{"at":"2026-11-30T20:18:13.754466Z","messages":["16"],"thread":"2","left_out":[],"crowded":false}');
INSERT INTO "outbox" VALUES(21,'06h2w6x6saxywg8rx5ja','3@tech',0,1,'delivered',1795435500000000,'telegram','-1002000000001',3,'tech','card:3@tech',NULL,1795435500000000,2,'6d5b66e61c9b7028',1795435500000000,'','[]',NULL,'{"at":"2026-11-30T20:18:13.877376Z","messages":["19"],"thread":"18","left_out":[],"crowded":false}');
INSERT INTO "outbox" VALUES(22,'06h2w6x6se9btyn9xej9','3@tech',0,0,'delivered',1795435500000000,'telegram','-1002000000001',3,'tech','06h2w6x6r5y8bqw452wx',NULL,1795435500000000,1,'6d5b66e61c9b7028',1795435500000000,'','[]',NULL,'{"at":"2026-11-30T20:18:13.889405Z","messages":["21"],"thread":"18","left_out":[],"crowded":false}');
INSERT INTO "outbox" VALUES(23,'06h2w6x6se9cb4xymn8p','telegram:1005:',0,0,'delivered',1795435500000000,'telegram','1005',NULL,NULL,'ticket:3:06h2w6x6rq3n901esn3v',NULL,1795435500000000,1,'6d5b66e61c9b7028',1795435500000000,'','[]',NULL,'{"at":"2026-11-30T20:18:13.850357Z","messages":["11"],"thread":null,"left_out":[],"crowded":false}');
INSERT INTO "outbox" VALUES(24,'06h2w6x6x516cbncn3h1','email:maria@client.example:06h2w6x5xkh6hngqbeaa',0,1,'delivered',1795435500000000,'email','maria@client.example',NULL,NULL,'ticket:2:06h2w6x6wsx5t3ke9v7a',NULL,1795435500000000,1,'6d5b66e61c9b7028',1795435500000000,'','[]',NULL,'{"at":"2026-11-23T12:05:00Z","messages":["<06h2w6x6x516cbncn3h1.06h2w6x5xkh6hngqbeaa.3c921647c9e6@example.com>"],"thread":null,"left_out":[],"crowded":false}');
INSERT INTO "outbox" VALUES(25,'06h2w6x6x62apak6zqtf','2@tech',0,1,'delivered',1795435500000000,'telegram','-1002000000001',2,'tech','line:2@tech:06h2w6x6wv6jwwv2dgsq',NULL,1795435500000000,1,'6d5b66e61c9b7028',1795435500000000,'','[]',NULL,'{"at":"2026-11-30T20:18:13.911441Z","messages":["22"],"thread":"9","left_out":[],"crowded":false}');
INSERT INTO "outbox" VALUES(26,'06h2w6x6x62bkz0tq0dt','2@tech',0,2,'delivered',1795435500000000,'telegram','-1002000000001',2,'tech',NULL,'card:2@tech',1795435500000000,1,'6d5b66e61c9b7028',1795435500000000,'','[]',NULL,'{"at":"2026-11-30T20:18:13.917581Z","messages":["10"],"thread":"9","left_out":[],"crowded":false}');
INSERT INTO "outbox" VALUES(27,'06h2w6x6x6f9s0y5tdg6','telegram:-1002000000001:9',0,2,'delivered',1795435500000000,'telegram','-1002000000001',NULL,NULL,NULL,NULL,1795435500000000,1,'6d5b66e61c9b7028',1795435500000000,'','[]',NULL,'{"at":"2026-11-30T20:18:13.920734Z","messages":[],"thread":"9","left_out":[],"crowded":false}');
INSERT INTO "outbox" VALUES(28,'06h2w6x7dbkxgnm8g405','1@core',0,1,'waiting',1795435500000000,'telegram','-1002000000002',1,'core',NULL,NULL,1795435500000000,0,'',NULL,'','[]','{"to":{"ticket":1,"desk":"core"},"action":{"type":"say","content":{"text":{"text":"parked words","spans":[]},"parts":[],"source":[],"forwarded_from":null,"protected":false},"keyboard":null,"handle":null,"reply_to":null,"pin":false,"silent":false,"merge":false,"letterhead":null},"urgency":1,"conversation":null,"origin":null,"resend_if_uncertain":true,"only_unheld":false,"front":false}',NULL);
CREATE TABLE rooms (
	ticket BIGINT NOT NULL, 
	desk TEXT NOT NULL, 
	channel TEXT NOT NULL, 
	chat TEXT NOT NULL, 
	thread TEXT, 
	open BOOLEAN NOT NULL, 
	CONSTRAINT pk_rooms PRIMARY KEY (ticket, desk)
);
INSERT INTO "rooms" VALUES(1,'tech','telegram','-1002000000001','2',1);
INSERT INTO "rooms" VALUES(2,'tech','telegram','-1002000000001','9',1);
INSERT INTO "rooms" VALUES(3,'tech','telegram','-1002000000001','18',1);
CREATE TABLE side_threads (
	id TEXT NOT NULL, 
	ticket BIGINT NOT NULL, 
	body TEXT NOT NULL, 
	CONSTRAINT pk_side_threads PRIMARY KEY (id)
);
CREATE TABLE ticket_events (
	seq INTEGER NOT NULL, 
	ticket BIGINT NOT NULL, 
	body TEXT NOT NULL, 
	CONSTRAINT pk_ticket_events PRIMARY KEY (seq)
);
INSERT INTO "ticket_events" VALUES(1,1,'{"ticket":1,"at":"2026-11-23T12:00:00Z","author":{"kind":"client","id":"telegram:1003","name":"Анна"},"kind":"opened","before":"","after":"new","detail":"","extra":{"desk":"tech"}}');
INSERT INTO "ticket_events" VALUES(2,1,'{"ticket":1,"at":"2026-11-23T12:00:00Z","author":{"kind":"specialist","id":"telegram:1001","name":"Борис"},"kind":"taken","before":"","after":"Борис","detail":"","extra":{}}');
INSERT INTO "ticket_events" VALUES(3,1,'{"ticket":1,"at":"2026-11-23T12:00:00Z","author":{"kind":"specialist","id":"telegram:1001","name":"Борис"},"kind":"status","before":"new","after":"in_progress","detail":"","extra":{}}');
INSERT INTO "ticket_events" VALUES(4,1,'{"ticket":1,"at":"2026-11-23T12:00:00Z","author":{"kind":"specialist","id":"telegram:1001","name":"Борис"},"kind":"note","before":"","after":"","detail":"похоже на порт","extra":{}}');
INSERT INTO "ticket_events" VALUES(5,2,'{"ticket":2,"at":"2026-11-23T12:00:00Z","author":{"kind":"client","id":"email:maria@client.example","name":"Мария"},"kind":"opened","before":"","after":"new","detail":"","extra":{"desk":"tech"}}');
INSERT INTO "ticket_events" VALUES(6,3,'{"ticket":3,"at":"2026-11-23T12:05:00Z","author":{"kind":"client","id":"telegram:1005","name":"Олег"},"kind":"opened","before":"","after":"new","detail":"","extra":{"desk":"tech"}}');
INSERT INTO "ticket_events" VALUES(7,2,'{"ticket":2,"at":"2026-11-23T12:05:00Z","author":{"kind":"specialist","id":"telegram:1001","name":"Борис"},"kind":"resolved","before":"new","after":"resolved","detail":"перезагрузили","extra":{}}');
CREATE TABLE ticket_numbers (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	at BIGINT
);
INSERT INTO "ticket_numbers" VALUES(1,NULL);
INSERT INTO "ticket_numbers" VALUES(2,NULL);
INSERT INTO "ticket_numbers" VALUES(3,NULL);
CREATE TABLE tickets (
	number INTEGER NOT NULL, 
	conversation TEXT NOT NULL, 
	opened_at BIGINT NOT NULL, 
	ended_at BIGINT, 
	version INTEGER NOT NULL, 
	body TEXT NOT NULL, 
	CONSTRAINT pk_tickets PRIMARY KEY (number)
);
INSERT INTO "tickets" VALUES(1,'06h2w6x52jec61a8wg5n',1795435200000000,NULL,3,'{"number":1,"conversation":"06h2w6x52jec61a8wg5n","client":"06h2w6x52heh6y1nkfxb","topic":"internet","subject":"не работает интернет, договор 123456","desk":"tech","line":2,"status":"in_progress","priority":"normal","opened_at":"2026-11-23T12:00:00Z","changed_at":"2026-11-23T12:00:00Z","assignee":{"kind":"specialist","id":"telegram:1001","name":"Борис"},"answers":[{"question":"contract","value":"123456","label":"123456","messages":[]}],"tried":[],"resolution":"","resolved_at":null,"closed_at":null,"first_reply_at":"2026-11-23T12:00:00Z","reopened":0,"continues":null,"rating":null,"rating_comment":"","path":["tech"],"prompts":[],"via":null,"version":3}');
INSERT INTO "tickets" VALUES(2,'06h2w6x5xkh6hngqbeaa',1795435200000000,1795435500000000,2,'{"number":2,"conversation":"06h2w6x5xkh6hngqbeaa","client":"06h2w6x5xkh5wpak8714","topic":"internet","subject":"Помогите","desk":"tech","line":2,"status":"resolved","priority":"normal","opened_at":"2026-11-23T12:00:00Z","changed_at":"2026-11-23T12:05:00Z","assignee":{"kind":"specialist","id":"telegram:1001","name":"Борис"},"answers":[{"question":"contract","value":"654321","label":"654321","messages":[]}],"tried":[],"resolution":"перезагрузили","resolved_at":"2026-11-23T12:05:00Z","closed_at":null,"first_reply_at":null,"reopened":0,"continues":null,"rating":null,"rating_comment":"","path":["tech"],"prompts":[],"via":null,"version":2}');
INSERT INTO "tickets" VALUES(3,'06h2w6x6r5y80412aeh1',1795435500000000,NULL,1,'{"number":3,"conversation":"06h2w6x6r5y80412aeh1","client":"06h2w6x6r44yy675mzsg","topic":"internet","subject":"не работает интернет, договор 777777","desk":"tech","line":2,"status":"new","priority":"normal","opened_at":"2026-11-23T12:05:00Z","changed_at":"2026-11-23T12:05:00Z","assignee":null,"answers":[{"question":"contract","value":"777777","label":"777777","messages":[]}],"tried":[],"resolution":"","resolved_at":null,"closed_at":null,"first_reply_at":null,"reopened":0,"continues":null,"rating":null,"rating_comment":"","path":["tech"],"prompts":[],"via":null,"version":1}');
CREATE TABLE timers (
	kind TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	due BIGINT NOT NULL, 
	CONSTRAINT pk_timers PRIMARY KEY (kind, subject)
);
INSERT INTO "timers" VALUES('close','2',1795608300000000);
INSERT INTO "timers" VALUES('close','1',1795694700000000);
CREATE INDEX ix_contacts_at ON contacts (at);
CREATE INDEX ix_inbox_aside ON inbox (id) WHERE state = 'aside';
CREATE INDEX ix_inbox_order ON inbox (order_key, id) WHERE state = 'waiting';
CREATE INDEX ix_inbox_waiting ON inbox (id, due, order_key) WHERE state = 'waiting';
CREATE INDEX ix_links_handle_channel_chat ON links (handle, channel, chat);
CREATE INDEX ix_messages_ticket_seq ON messages (ticket, seq);
CREATE INDEX ix_outbox_chat ON outbox (channel, chat) WHERE state IN ('sending', 'waiting');
CREATE INDEX ix_outbox_handle ON outbox (handle, channel, chat) WHERE handle IS NOT NULL;
CREATE INDEX ix_outbox_order ON outbox (order_key, position, seq) WHERE state IN ('sending', 'waiting');
CREATE INDEX ix_outbox_sending ON outbox (order_key) WHERE state = 'sending';
CREATE INDEX ix_outbox_waiting ON outbox (urgency, seq, due, order_key, position, channel, chat) WHERE state = 'waiting';
CREATE INDEX ix_rooms_channel_chat_thread ON rooms (channel, chat, thread);
CREATE INDEX ix_ticket_events_ticket_seq ON ticket_events (ticket, seq);
CREATE INDEX ix_tickets_conversation_number ON tickets (conversation, number);
CREATE INDEX ix_timers_due ON timers (due);
CREATE INDEX ix_conversations_client ON conversations (client);
CREATE INDEX ix_identities_client ON identities (client);
CREATE INDEX ix_side_threads_ticket_id ON side_threads (ticket, id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('ticket_numbers',3);
COMMIT;
