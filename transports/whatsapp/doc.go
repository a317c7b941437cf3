// Package whatsapp connects pipelines to WhatsApp: users call and write, and bots answer.
//
//	bot := whatsapp.New(cfg)
//	bot.OnCall(func(ctx context.Context, call *whatsapp.Call) error {
//		return pipeline.New(call.Input(), ..., call.Output()).Run(ctx)
//	})
//	bot.OnMessage(func(ctx context.Context, msg *whatsapp.Message) error {
//		return pipeline.New(msg.Input(), ..., msg.Output()).Run(ctx)
//	})
//	bot.Mount(e.Group("/whatsapp")) // or, without a web server of one's own: bot.Serve(ctx, ":8080")
//
// # Where things are
//
// The names of files say what they are about: http and dispatch take webhooks in, journal keeps what was promised, inbox
// orders each user's messages, read finds out what they say, message answers them, send writes. call is everything about
// calls, callplace and callplacing those that the bot places. heartbeat, health and observe are what they are called.
//
// # Webhook
//
// Mount serves GET and POST /webhook and GET /health. A notification's signature is checked on its raw bytes
// before anything is parsed, and it is answered as soon as the journal has what is in it; the work is done by other
// goroutines. The answer is
//
//	{"status":"processing"}       at least one event in it was taken
//	{"status":"ignored"}          it is valid, and there is nothing to do: statuses, duplicates, events that are
//	                              too old, other objects, other phone numbers, kinds that are not known
//	{"status":"invalid_payload"}  it is no notification; 200 all the same, or Meta would repeat it for a week
//
// with status 200, or, so that Meta sends it again,
//
//	500 {"status":"not_stored"}   the journal cannot be written; no message in it was taken
//	503 {"status":"busy"}         not all messages in it were taken: 1,024 of one user wait already, 4,096 users are being
//	                              answered, 32,768 messages wait, or the store is so slow that it would be answered
//	                              too late
//	503 {"status":"starting"}     the journal is not open yet; "shutting_down" likewise
//
// # A crash
//
// With Config.Journal, a message is in that store before its webhook is answered, and that an answer is about to be sent is in it
// before the sending begins. So when the process is killed, whatever was acknowledged is answered after the next start. An
// answer whose sending was under way may have arrived or not: nobody knows, so it is not sent again; the log says so, and
// Health counts it (messages_uncertain). One that waits for Meta's limits is not under way: it is sent after the next start, and holds
// up no Shutdown if the store outlives the process (services.Persists). No message is answered twice, also when Meta sends it again within eight days. Calls that
// ran are ended after the next start, so that no caller sits in a dead one. Two bots on one store need different names,
// Config.Node: the one that starts last takes over the journal of its name, and the other says so and answers nothing more.
//
// Bots on a store that processes share (services.Shared) settle through it who answers a message, whichever of them its webhook
// reaches: it is claimed once the journal has it, before anything is done for it. If the store does not say who has it, the
// webhook is answered all the same and the message waits, with those of the user behind it. What a bot had claimed when it
// died is answered by the next process of its name, and by no other.
//
// # Many messages
//
// Turns begin one after the other, each behind what the processor already has to do, so that webhooks are answered soon when
// more messages come than can be answered at once; they wait, and beyond 4096 users Meta is asked to send again later. A bot
// for texts has little in memory, so Go collects garbage very often: GOGC=400 in its environment makes a message up to a fifth cheaper.
// On a machine with a single core set GOMAXPROCS=2, as Go does itself in a container that is limited to one: else what comes
// back from the disk stands in line behind all that is ready to run, and webhooks with it.
//
// # Phone numbers
//
// One bot can serve several phone numbers of a business. An event's metadata name the number that it came to, which
// also answers it; users have a conversation of their own with each number.
//
// The signature is that of Config.AppSecret or, while it is replaced, Config.PreviousAppSecret. A recorded webhook is of no use
// to anybody: calls are refused when they are older than a minute, messages when they are older than the 7 days for which Meta
// repeats webhooks, and younger ones are known by their ids. Of one webhook, 1,000 events are taken, the most that Meta sends.
//
// # Calls
//
// Each call is an actor: one goroutine that owns its state, named by the call's id. Everything that happens to it,
// such as webhooks, answers of the Graph API, the connection, timers and the bot's own wishes, is an event for that
// goroutine; see callstate.go for the whole table.
//
//	Offered -> PreAccepting -> Connecting -> Accepting -> Active -> Ending -> Ended
//
// The handler given to OnCall starts with Offered, so services warm up and the greeting is made while the phone
// still rings. The call is accepted once ICE and DTLS are connected, and the first packet leaves when Meta has
// confirmed that: a packet before it would start the user's timer. When the call ends, the handler's context is
// cancelled; when the handler returns, the call ends. No caller is left ringing or in a dead call: a call that
// fails is rejected, or, once Meta has its pre-accept, terminated, since a reject is then refused. If it is not known how far
// Meta is, both are tried.
//
// # Calling users
//
// Bot.Call places a call. It is an actor, too, and once Meta has taken it, the handler of OnCall runs for it:
//
//	Preparing -> Placing -> Dialing -> Ringing -> Linked -> Active -> Ending -> Ended
//	                           \---------\-----> Answered ---/
//
// Meta's answer comes while the phone still rings, and is not the user's: ICE and DTLS come up, and silence is sent, since
// the relay waits for a first packet; but the bot is heard only when the status ACCEPTED tells that the user picked up,
// which may also come before the answer. Webhooks that are faster than Meta's answer to the request wait until the call has
// its id; if that answer is lost, they tell the id.
//
// A user must permit calls. Without that the user is asked once, Call returns ErrPermissionPending, and the call is placed
// when the permission comes; calls that wait are kept in the journal's store, for Config.PermissionWait, and so outlive a
// restart; one that is permitted while the bot drains is placed by the next process, if that store outlives this one. Call.SendDTMF presses keys in any call.
//
// # Messages
//
// The messages of one user are handled one after the other, those of different users at the same time. In the mode
// Task, which is the default, each is answered by itself. In Chat, calls and messages of a user share one
// conversation, whether the user is known by number, by business-scoped id or by both; a user who writes "/reset"
// begins a new one.
//
// People send one thought in several messages, so in Chat a burst of them is one turn: the bot waits until the user
// has paused for Config.Debounce, at most for Config.DebounceLimit, and answers them together. With Config.Supersede a
// message that comes while the answer to an earlier one is still being made takes its place.
//
// # Messages in
//
// Every kind of message becomes text for the model, in Message.Text: what is not the user's own words stands in square
// brackets, such as "[The user sent a place: ...]", and so does what a reply quotes, of both sides. Voice notes and other
// recordings in Ogg/Opus and WAV are transcribed by Config.STT; those of other forms, and what is said in videos, need Config.Sounds, such as
// services/ffmpeg. With Config.Pictures, pictures go to the model, and again
// with the next turns and when they are quoted (Config.PictureTurns). Documents
// (plain text, HTML, PDF, docx, pptx, xlsx, odt) are read up to Config.MaxDocument; PDFs need ServeIfChild in main. Of
// other videos there is the caption. A reaction gets no answer; in Chat the model learns of it with the next turn. What cannot
// be fetched or read is told in Texts.Media, and the rest of the turn is answered. Of one user one document is read at a time, and users
// whose documents take long wait for each other, so that nobody waits for those who send documents that are made to take long.
//
// # Messages out
//
// Everything that is written to one user goes through one queue, in order, and keeps to Meta's limits (Config.PairPause,
// Config.Throughput): what would be too much waits, and the time of its turn stands still meanwhile. Meta counts what users write to
// a number, too, which nobody can slow down; so it may refuse messages nevertheless. Then the number sends nothing for as long as
// Meta says, at most for a minute, and one message shows whether Meta takes more; a pause of more than 10 s is told by Health. A
// message is sent at most once; one whose fate is unknown is not repeated, and counted by Health (messages_uncertain). A turn that fails is told with one apology, unless that would be refused as well: when
// the 24 hours are over, the token is invalid, or the user cannot be reached. Config.OnWindowClosed may send a template
// then. Meta takes a message before it knows whether it can be delivered; when it cannot, the log and the health say so.
//
// An answer may hold more than text. Any stage can push a frame.Attachment, which is uploaded and sent as a picture, film,
// sound or document, and frame.Choices, which become buttons below the text, a list if they are more than three, and
// numbered lines if they are more than ten. With Config.VoiceNotes an answer is spoken, if it is short and plain enough
// to be heard. Config.SendReasoning shows what the model thought. If Meta does not take a file, the rest is
// sent all the same: of a voice note its text, and of others one sentence (Texts.FileFailed).
//
// An answer's Markdown becomes WhatsApp's markup, in as many messages as it needs; the conversation keeps what the
// model wrote, of as much as Meta took.
//
// With Config.ResetGreeting the agent, and not a fixed text, answers the command that begins a new conversation, which then begins with
// its greeting.
//
// A conversation holds what users and the model said. Apologies, refusals and other texts of the bot's own are no part of it, nor
// is a heartbeat to which nothing was sent: a question that was not answered is answered with the next turn.
//
// With Config.Heartbeat the agent writes by itself: it gets a message of the bot's own in every period, through the
// same handler (Message.Heartbeat tells), as long as the recipient wrote or called within 24 hours.
//
// # One conversation
//
// What is said in a call is known in the chat, and the reverse, also while both go on. A text that comes during a call is
// answered in the chat, or with Config.TextInCall by the agent in the call; it counts as taken once the call's agent
// has read it, and what the agent did not come to answer is answered in the chat when the call is over. Call.SendText sends a text from a call, for which processors.LinksAsText is made, and OnCallEnded sends
// one when it is over, such as what processors.Summarize makes of Call.Messages.
//
// # Load
//
// A bot knows how well it serves its calls by how late their packets leave. When 5 % of them are later than
// Config.MaxLateness, it refuses further calls with ErrOverloaded, until packets are in time again; see Load.
//
// # Network
//
// The bot opens the media connection, so a host needs nothing but outbound UDP. Config.UDPPort or a range of ports suits
// firewalls, Config.PublicIPs hosts behind a NAT that maps ports one to one, and Config.ICEServers with Config.RelayOnly hosts that
// reach nothing but a TURN server. docs/deployment.md has a checklist.
//
// # Observing
//
// Config.Observers see what happens to a bot as events: webhooks with their answers, states and milestones of calls,
// turns with their points, messages, and requests to the Graph API. Package prom makes metrics of them, and package tracing traces. Without an
// observer nothing is made and nothing costs.
package whatsapp
