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
    : member          # MemberExpr
    | (ops+='!')+ member     # LogicalNot
    | (ops+='-')+ member     # Negate
    ;

member
    : primary                                    # PrimaryExpr
    | member op='.' (opt='?')? id=escapeIdent          # Select
    | member op='.' id=IDENTIFIER open='(' exprList? ')'  # MemberCall
    | member op='[' (opt='?')? index=expr ']'                 # Index
    ;

primary
    : leadingDot='.'? id=IDENTIFIER                            # Ident
    | leadingDot='.'? id=IDENTIFIER (op='(' args=exprList? ')')    # GlobalCall
    | '(' e=expr ')'                                         # Nested
    | op='[' elems=listInit? ','? ']'                            # CreateList
    | op='{' entries=mapInitializerList? ','? '}'                  # CreateStruct
    | leadingDot='.'? ids+=IDENTIFIER (ops+='.' ids+=IDENTIFIER)*
        op='{' entries=fieldInitializerList? ','? '}'              # CreateMessage
    | literal                                              # ConstantLiteral
    ;

exprList : expr (',' expr)* ;

listInit : optExpr (',' optExpr)* ;

fieldInitializerList : optField ':' expr (',' optField ':' expr)* ;

optField : '?'? escapeIdent ;

mapInitializerList : optExpr ':' expr (',' optExpr ':' expr)* ;

escapeIdent
    : id=IDENTIFIER        # SimpleIdentifier
    | id=ESC_IDENTIFIER    # EscapedIdentifier
    ;

optExpr : '?'? expr ;

literal
    : sign=MINUS? tok=NUM_INT      # Int
    | tok=NUM_UINT            # Uint
    | sign=MINUS? tok=NUM_FLOAT    # Double
    | tok=STRING              # String
    | tok=BYTES               # Bytes
    | tok=CEL_TRUE            # BoolTrue
    | tok=CEL_FALSE           # BoolFalse
    | tok=NUL                 # Null
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
