grammar CEL;

start : expr EOF ;

expr : conditionalOr ('?' conditionalOr ':' expr)? ;

conditionalOr : conditionalAnd ('||' conditionalAnd)* ;

conditionalAnd : relation ('&&' relation)* ;

relation
    : calc
    | relation ('<'|'<='|'>='|'>'|'=='|'!='|'in') relation
    ;

calc
    : unary
    | calc ('*'|'/'|'%') calc
    | calc ('+'|'-') calc
    ;

unary
    : member
    | '!'+ member
    | '-'+ member
    ;

member
    : primary
    | member '.' '?'? escapeIdent
    | member '.' IDENTIFIER '(' exprList? ')'
    | member '[' '?'? expr ']'
    ;

primary
    : '.'? IDENTIFIER
    | '.'? IDENTIFIER ('(' exprList? ')')
    | '(' expr ')'
    | '[' listInit? ','? ']'
    | '{' mapInitializerList? ','? '}'
    | '.'? IDENTIFIER ('.' IDENTIFIER)* '{' fieldInitializerList? ','? '}'
    | literal
    ;

exprList : expr (',' expr)* ;

listInit : optExpr (',' optExpr)* ;

fieldInitializerList : optField ':' expr (',' optField ':' expr)* ;

optField : '?'? escapeIdent ;

mapInitializerList : optExpr ':' expr (',' optExpr ':' expr)* ;

escapeIdent
    : IDENTIFIER
    | ESC_IDENTIFIER
    ;

optExpr : '?'? expr ;

literal
    : MINUS? NUM_INT
    | NUM_UINT
    | MINUS? NUM_FLOAT
    | STRING
    | BYTES
    | CEL_TRUE
    | CEL_FALSE
    | NUL
    ;

EQUALS : '==';
NOT_EQUALS : '!=';
IN : 'in';
LESS : '<';
LESS_EQUALS : '<=';
GREATER_EQUALS : '>=';
GREATER : '>';
LOGICAL_AND : '&&';
LOGICAL_OR : '||';
LBRACKET : '[';
RPRACKET : ']';
LBRACE : '{';
RBRACE : '}';
LPAREN : '(';
RPAREN : ')';
DOT : '.';
COMMA : ',';
MINUS : '-';
EXCLAM : '!';
QUESTIONMARK : '?';
COLON : ':';
PLUS : '+';
STAR : '*';
SLASH : '/';
PERCENT : '%';
CEL_TRUE : 'true';
CEL_FALSE : 'false';
NUL : 'null';

fragment DIGIT : [0-9];
fragment HEX : [0-9a-fA-F];
fragment LETTER : [A-Za-z];
fragment RAW : [rR];
fragment EXPONENT : [eE] [+-]? DIGIT+;
fragment ESCAPE
    : '\\' [abfnrtv"'\\?`]
    | '\\' [xX] HEX HEX
    | '\\' 'u' HEX HEX HEX HEX
    | '\\' 'U' HEX HEX HEX HEX HEX HEX HEX HEX
    | '\\' [0-3] [0-7] [0-7]
    ;

WHITESPACE : [\t \r\n\u000C]+ -> channel(HIDDEN);
COMMENT : '//' (~'\n')* -> channel(HIDDEN);

NUM_FLOAT
    : DIGIT+ '.' DIGIT+ EXPONENT?
    | DIGIT+ EXPONENT
    | '.' DIGIT+ EXPONENT?
    ;

NUM_INT : DIGIT+ | '0x' HEX+;

NUM_UINT : DIGIT+ [uU] | '0x' HEX+ [uU];

STRING
    : '"' (ESCAPE | ~[\\"\n\r])* '"'
    | '\'' (ESCAPE | ~[\\'\n\r])* '\''
    | '"""' (ESCAPE | ~[\\])*? '"""'
    | '\'\'\'' (ESCAPE | ~[\\])*? '\'\'\''
    | RAW '"' ~["\n\r]* '"'
    | RAW '\'' ~['\n\r]* '\''
    | RAW '"""' .*? '"""'
    | RAW '\'\'\'' .*? '\'\'\''
    ;

BYTES : [bB] STRING;

IDENTIFIER : (LETTER | '_') (LETTER | DIGIT | '_')*;

ESC_IDENTIFIER : '`' (LETTER | DIGIT | [_.\-/ ])+ '`';
